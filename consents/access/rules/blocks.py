"""Define whom a customer can block, and what is refused because of it. Pure: no database, no clock."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from consents.access.rules.causes import EndCause
from consents.core.refusals import NotPermitted, NotValid, Refusal


class BlockKind(TextChoices):
    MEMBER = "member", _("one person")
    TEAM = "team", _("a team")
    EVERYBODY = "everybody", _("everybody")


CAUSE_OF_BLOCK = {
    BlockKind.MEMBER: EndCause.BLOCKED,
    BlockKind.TEAM: EndCause.TEAM_BLOCKED,
    BlockKind.EVERYBODY: EndCause.NOBODY,
}


class BlockedByCustomer(NotPermitted):
    """Staff do not learn whether the block is of them, of their team or of everybody."""

    sentence = _("This customer does not allow you to ask for their data. Only the customer can change that.")


class CannotBlockOneself(NotValid):
    sentence = _("You cannot block yourself. To let no one ask at all, choose “Nobody at all”.")


class MemberHasLeft(Refusal):
    sentence = _("This person no longer works here and can no longer ask or look. You can block the team instead.")
