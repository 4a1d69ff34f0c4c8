"""Put on record what happened to a request, and write to its customer when it has ended."""

from typing import Any

from consents.access.models import AccessRequest
from consents.access.rules import GrantEnd
from consents.access.rules.causes import WORDS, EndCause
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.notifications.services.queueing import list_translations


def append_request_entry(access_request: AccessRequest, event: str, by: Actor, **told: Any) -> None:
    """Append an entry about a request. `told`: its outcome and details, and the changes in one statement with it."""
    appending.append_entry(
        event=event,
        by=by,
        customer=access_request.customer_id,
        object_type="access_request",
        object=access_request.id,
        purpose=access_request.purpose.code,
        **told,
    )


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
