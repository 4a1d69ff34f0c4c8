"""Collect a copy without an account, with the request's number and its code; each step is on record."""

from collections.abc import Iterable
from hmac import compare_digest
from uuid import UUID

from django.db import transaction

from consents.copies.models import CollectionCode, Download
from consents.copies.rules import MAX_TRIES
from consents.copies.selectors import CodeDoesNotWork, get_working_code
from consents.copies.services.codes import end_code, list_code_hashes, write_to_customer
from consents.copies.services.packages import open_part
from consents.core.refusals import Unknown
from consents.ledger.rules import Actor
from consents.rights.models import RightsRequest
from consents.rights.rules import RIGHT, WRONG, CodeEnd
from consents.rights.services.recording import append_rights_entry, lock_rights_request


def enter_code(*, rights_request: UUID, code: str, by: Actor) -> CollectionCode:
    """Check the entered code, on record, and return the code it matches.

    Wrong entries are counted for good, even though this raises: after MAX_TRIES the code ends. Raises CodeDoesNotWork
    for every reason alike.
    """
    entered = try_code(rights_request, code, by)
    if entered is None:
        raise CodeDoesNotWork
    return entered


@transaction.atomic
def try_code(rights_request: UUID, code: str, by: Actor) -> CollectionCode | None:
    try:
        locked = lock_rights_request(rights_request)
    except Unknown:
        return None
    working = get_working_code(locked)
    if working is None or working.code_hash is None:
        return None
    is_right = any(compare_digest(bytes(working.code_hash), typed) for typed in list_code_hashes(code))
    outcome = RIGHT if is_right else count_wrong_try(working)
    append_rights_entry(locked, "code_typed", by, outcome, code=str(working.pk), tries=working.tries)
    return working if is_right else None


def count_wrong_try(code: CollectionCode) -> str:
    code.tries += 1
    if code.tries >= MAX_TRIES:
        end_code(code, CodeEnd.TRIES)
        return CodeEnd.TRIES
    code.save(update_fields=["tries"])
    return WRONG


@transaction.atomic
def collect_package(*, code: UUID, part: Download.Part, by: Actor) -> Iterable[bytes]:
    """Return the part to download, on record before its first byte; the customer gets one email about it.

    Raises CodeDoesNotWork.
    """
    rights_request, working = lock_working_code(code)
    write_to_customer(rights_request, "rights_request_collected", f"rights_request.collected:{working.pk}")
    return open_part(rights_request, working.package, part, by, code=working)


def lock_working_code(code: UUID) -> tuple[RightsRequest, CollectionCode]:
    request_id = CollectionCode.objects.filter(pk=code).values_list("package__rights_request", flat=True).first()
    rights_request = lock_rights_request(request_id) if request_id else None
    working = get_working_code(rights_request) if rights_request else None
    if rights_request is None or working is None or working.pk != code:
        raise CodeDoesNotWork
    return rights_request, working
