"""Define what may be reported about a look, how it may be answered, and its clock. Pure: no database."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotPermitted, Refusal

ANSWER_TIME = timedelta(days=14)
MOST_LETTERS = 1000


class Concern(TextChoices):
    UNEXPECTED = "unexpected", _("I did not expect anyone to look then")
    TOO_MUCH = "too_much", _("They looked at more than they needed")
    KNOWN = "known", _("I know this person, or think it was for a private reason")
    OTHER = "other", _("Something else")


class Finding(TextChoices):
    IN_ORDER = "in_order", _("The look was in order")
    NOT_IN_ORDER = "not_in_order", _("The look should not have happened")


class AlreadyGiven(Refusal):
    sentence = _("You have already answered this report. Nothing was changed.")


class NotAboutOwnLook(NotPermitted):
    sentence = _("Another officer must decide: this report is about your own look.")


class NotAboutOwnDecision(NotPermitted):
    sentence = _("Another officer must decide: this report is about access that you granted or recorded.")
