"""Mail about a request: its number and the day, never what it is about."""

from django.conf import settings

from consents.notifications import services as notifications
from consents.rights import words
from consents.rights.models import RightsRequest, Words


def write_to(row: RightsRequest, step: str) -> bool:
    """Queue the mail of a step, once; to the address on file or, where it is not known whose the request is, to the
    one that was typed. False where there is neither."""
    context = {"number": row.number, "answer_by": row.answer_by.isoformat()}
    if row.customer is not None:
        if row.customer.address_hash is None:
            return False
        key = f"rights_request.{step}:{row.id}:{row.waited_days}"
        kind = f"rights_request_{step}"
        notifications.tell(kind=kind, key=key, user=None, customer=row.customer, **context)
        return True
    said = words.read(row, Words.Kind.ASKED)
    if not said.get("email"):
        return False
    language = said.get("language", settings.LANGUAGE_CODE)
    notifications.tell_address(
        to=said["email"], template=f"rights_request_{step}", kind="rights_request", language=language, **context
    )
    return True
