"""A copy of somebody's data goes to whoever types the number of the request and its code, each taking on record."""

from hmac import compare_digest
from uuid import UUID

from django.db import transaction

from consents.core.refusals import Unknown
from consents.ledger.rules import Actor
from consents.notifications import services as notifications
from consents.rights.models import CollectionCode, Download, RightsRequest
from consents.rights.rules.collecting import MOST_TRIES, RIGHT, WRONG, End
from consents.rights.selectors import working_code
from consents.rights.services.codes import end, hashed
from consents.rights.services.packaging import handed_over
from consents.rights.services.recording import held, tell
from consents.rights.services.refusals import CodeDoesNotWork


def unlock(*, request: UUID, code: str, by: Actor) -> CollectionCode:
    """The code that was typed for this request, on record. A wrong one counts, and stays counted: after so many the
    code itself works no more. Raises CodeDoesNotWork for every reason alike."""
    found = tried(request, code, by)
    if found is None:
        raise CodeDoesNotWork
    return found


@transaction.atomic
def tried(request: UUID, code: str, by: Actor) -> CollectionCode | None:
    try:
        row = held(request)
    except Unknown:
        return None
    works = working_code(row)
    if works is None or works.code_hash is None:
        return None
    is_right = compare_digest(bytes(works.code_hash), hashed(code))
    outcome = RIGHT if is_right else count_wrong(works)
    tell(row, "code_typed", by, outcome, code=str(works.pk), tries=works.tries)
    return works if is_right else None


def count_wrong(code: CollectionCode) -> str:
    code.tries += 1
    if code.tries >= MOST_TRIES:
        end(code, End.TRIES)
        return End.TRIES
    code.save(update_fields=["tries"])
    return WRONG


@transaction.atomic
def collect(*, code: UUID, part: Download.Part, by: Actor) -> bytes:
    """What is downloaded with a code, on record before its first byte; the customer is told once.

    Raises CodeDoesNotWork.
    """
    of = CollectionCode.objects.filter(pk=code).values_list("package__request", flat=True).first()
    row = held(of) if of else None
    works = working_code(row) if row else None
    if row is None or works is None or works.pk != code:
        raise CodeDoesNotWork
    tell_of_taking(row, works)
    return handed_over(row, works.package, part, by, code=works)


def tell_of_taking(row: RightsRequest, code: CollectionCode) -> None:
    if row.customer and row.customer.address_hash is not None:
        notifications.tell(
            kind="rights_request_collected",
            key=f"rights_request.collected:{code.pk}",
            customer=row.customer,
            number=row.number,
        )
