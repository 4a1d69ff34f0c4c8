"""Why a request or its access ended: one table, with the words of each reader. The ledger entry names the cause."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consents.access.rules import GrantEnd, RequestState

ENDS = ("grant.ended", "access_request.cancelled", "access_request.denied", "exemption.cancelled")
# The cause by outcome alone, in which a grant's end and a request's state are named.
WHO_ENDED = {
    GrantEnd.TIME: "time",
    GrantEnd.STOPPED: "stopped",
    GrantEnd.WITHDRAWN: "withdrawn",
    GrantEnd.COMPANY: "company",
    RequestState.CANCELLED: "company",
    RequestState.DENIED: "refused",
    "": "company",
}


class EndCause(StrEnum):
    """Finer than `GrantEnd`, which says who ended it: the customer, the company or time."""

    TIME = "time"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    OBJECTED = "objected"
    LIMITED = "limited"
    RESTRICTED = "restricted"
    PAUSED = "paused"
    INVALIDATED = "invalidated"
    BLOCKED = "blocked"
    TEAM_BLOCKED = "team_blocked"
    NOBODY = "nobody"
    TAKEN_BACK = "taken_back"
    RETIRED = "retired"
    STAFF_ENDED = "staff_ended"
    ERASED = "erased"
    PART_ERASED = "part_erased"
    RESTORED = "restored"
    UNCHECKED = "unchecked"
    NOT_CONFIRMED = "not_confirmed"
    COMPANY = "company"


@dataclass(frozen=True)
class CauseWords:
    """Tell of a cause: `status` and `customer` on the customer's pages; `staff` in English, as in admin.

    `other`: said to the customer of someone else who acts for them.
    """

    end: GrantEnd
    status: Promise
    customer: Promise
    staff: Promise
    other: Promise | str = ""

    @property
    def state(self) -> RequestState:
        """Return the state of a request that still waited: an act of the customer is a no."""
        return RequestState.DENIED if self.end in (GrantEnd.STOPPED, GrantEnd.WITHDRAWN) else RequestState.CANCELLED

    @property
    def is_by_customer(self) -> bool:
        return self.state == RequestState.DENIED and self is not WORDS[EndCause.RESTORED]

    @property
    def title(self) -> str:
        return str(self.customer).rstrip(".")


# Staff do not learn whether it is them, their team or everybody.
BLOCKED_BY_CUSTOMER = _("The customer decided that the requester may neither ask for their data nor look at it.")
WORDS = {
    # Said of access without the customer's answer, too.
    EndCause.TIME: CauseWords(
        GrantEnd.TIME, _("Allowed, now over"), _("The time was up."), _("The time for this access is over.")
    ),
    EndCause.STOPPED: CauseWords(
        GrantEnd.STOPPED,
        _("Stopped by you"),
        _("You stopped access."),
        _("The customer stopped the access."),
        _("%(other)s stopped access."),
    ),
    EndCause.WITHDRAWN: CauseWords(
        GrantEnd.WITHDRAWN,
        _("Ended: you withdrew"),
        _("You withdrew consent for this purpose."),
        _("The customer withdrew consent for this purpose."),
        _("%(other)s withdrew consent for this purpose."),
    ),
    EndCause.REFUSED: CauseWords(
        GrantEnd.WITHDRAWN,
        _("Ended: you said no to the purpose"),
        _("You said no to this purpose."),
        _("The customer said no to this purpose."),
        _("%(other)s said no to this purpose."),
    ),
    EndCause.OBJECTED: CauseWords(
        GrantEnd.STOPPED,
        _("Ended: you objected"),
        _("You objected to this use of your data."),
        _("The customer objected to this use of their data."),
        _("%(other)s objected to this use of the data."),
    ),
    EndCause.LIMITED: CauseWords(
        GrantEnd.STOPPED,
        _("Ended: you limited sensitive data"),
        _("You limited the use of sensitive data."),
        _("The customer limited the use of sensitive data."),
        _("%(other)s limited the use of sensitive data."),
    ),
    EndCause.RESTRICTED: CauseWords(
        GrantEnd.STOPPED,
        _("Ended: you paused the use of your data"),
        _("You paused the use of your data."),
        _("The customer paused the use of their data."),
        _("%(other)s paused the use of the data."),
    ),
    EndCause.BLOCKED: CauseWords(
        GrantEnd.STOPPED,
        _("Ended: you blocked them"),
        _("You blocked this person."),
        BLOCKED_BY_CUSTOMER,
        _("%(other)s blocked this person."),
    ),
    EndCause.TEAM_BLOCKED: CauseWords(
        GrantEnd.STOPPED,
        _("Ended: you blocked the team"),
        _("You blocked this team."),
        BLOCKED_BY_CUSTOMER,
        _("%(other)s blocked this team."),
    ),
    EndCause.NOBODY: CauseWords(
        GrantEnd.STOPPED,
        _("Ended: you chose “Nobody at all”"),
        _("You chose that nobody at all may ask or look."),
        BLOCKED_BY_CUSTOMER,
        _("%(other)s chose that nobody at all may ask or look."),
    ),
    EndCause.PAUSED: CauseWords(
        GrantEnd.COMPANY,
        pgettext_lazy("company", "Ended: we paused the use of your data"),
        pgettext_lazy("company", "We paused the use of your data."),
        _("The company paused the use of this customer’s data."),
    ),
    EndCause.INVALIDATED: CauseWords(
        GrantEnd.COMPANY,
        _("Ended: consent not valid"),
        _("An authority or a court found your consent invalid."),
        _("An authority or a court found the consent invalid."),
    ),
    EndCause.TAKEN_BACK: CauseWords(
        GrantEnd.COMPANY, _("Taken back"), _("The request was taken back."), _("The requester cancelled the request.")
    ),
    EndCause.RETIRED: CauseWords(
        GrantEnd.COMPANY,
        _("Ended: no longer a purpose of ours"),
        pgettext_lazy("company", "We no longer use data for this purpose."),
        _("The company retired this purpose."),
    ),
    EndCause.STAFF_ENDED: CauseWords(
        GrantEnd.COMPANY,
        _("Ended: no longer their work"),
        _("The person who asked has left our staff, or does other work here now."),
        _("The requester left the staff, or does other work now."),
    ),
    EndCause.ERASED: CauseWords(
        GrantEnd.COMPANY, _("Ended: data erased"), _("Your data was erased."), _("The customer’s data was erased.")
    ),
    EndCause.PART_ERASED: CauseWords(
        GrantEnd.COMPANY,
        _("Ended: data deleted"),
        _("Some of this data was deleted, or is kept only because a law requires it."),
        _("Some of this data was deleted, or is kept only because a law requires it."),
    ),
    # What the backup does not know of closes as a no would: the same may not be asked again at once.
    EndCause.RESTORED: CauseWords(
        GrantEnd.STOPPED,
        pgettext_lazy("company", "Ended by us"),
        _("We restored our records from a backup and recorded again that this had ended."),
        _("Records were restored from a backup, and the end of this was recorded again."),
    ),
    EndCause.UNCHECKED: CauseWords(
        GrantEnd.COMPANY,
        pgettext_lazy("company", "Ended: not checked in time"),
        pgettext_lazy("company", "No second person checked this emergency within a day."),
        _("No second officer checked this emergency within 24 hours."),
    ),
    EndCause.NOT_CONFIRMED: CauseWords(
        GrantEnd.COMPANY,
        pgettext_lazy("company", "Ended: not confirmed"),
        pgettext_lazy("company", "A second person checked this emergency and did not confirm it."),
        _("A second officer checked this emergency and did not confirm it."),
    ),
    EndCause.COMPANY: CauseWords(
        GrantEnd.COMPANY,
        pgettext_lazy("company", "Ended by us"),
        pgettext_lazy("company", "We ended this."),
        _("The company ended this."),
    ),
}


def build_cause_details(cause: EndCause) -> dict[str, Any]:
    return {"cause": str(cause)}
