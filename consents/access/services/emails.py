"""Queue emails to customers about the end of their requests."""

from consents.access.models import AccessRequest
from consents.access.rules import GrantEnd
from consents.access.rules.causes import WORDS, EndCause
from consents.notifications.services import queueing
from consents.notifications.services.confirming import list_translations


def notify_holders_of_end(access_request: AccessRequest, cause: EndCause | None) -> None:
    """Tell the holders of a shared account, some of whom had said yes, that it ended before all of them had.

    `cause`: None where time ended it. An act of theirs is confirmed to all of them, and nobody is left of the erased.
    """
    is_by_company = cause is None or WORDS[cause].end == GrantEnd.COMPANY
    if not is_by_company or cause == EndCause.ERASED or not access_request.assents.exists():
        return
    kind = "assent_ended" if cause else "assent_lapsed"
    queueing.notify(
        kind=kind,
        key=f"{kind}:{access_request.pk}",
        customer=access_request.customer,
        team=access_request.asked_team,
        why=list_translations(WORDS[cause].customer) if cause else "",
    )
