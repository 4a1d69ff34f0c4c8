"""Let the officer who works a correction see the value that stands now; each look is on record before it happens."""

from uuid import UUID

from django.db import connection, transaction

from consents.core.sealing import CannotOpen
from consents.disclosures.services import DamagedData, ValueInQuestion, record_correction_opening
from consents.ledger.rules import Actor
from consents.people import keys
from consents.people.models import StaffMember
from consents.rights.fulfilment.correction import get_proposal
from consents.rights.models import ChosenEntry, RightsRequest
from consents.rights.refusals import ClosedToYou, IdentityFirst
from consents.rights.services.answering import has_sure_identity
from consents.rights.services.assigning import take_rights_request
from consents.rights.services.recording import check_stands_apart
from consents.vault.services.storing import NoSuchRecord, find_only_record, open_values

MAY_LOOK = "SELECT portal.is_in_question(%s, %s, %s, %s, %s)"
READ_VALUE = "SELECT record, sealed, is_whole FROM portal.read_value_in_question(%s)"


def look_at_value(*, rights_request: UUID, place: int, officer: StaffMember, by: Actor) -> str:
    """Return what stands now where a proposed value would be written; empty where nothing does.

    Two transactions: the opening and its ledger entry are committed before the read. The request becomes this officer's
    if it was nobody's. Raises Unknown, NotAnOfficer, AlreadyAnswered, IdentityFirst, StoodForTheirCode, ColleagueHasIt,
    NoSuchRecord, ClosedToYou, DamagedData.
    """
    value, opening = record_look(rights_request, place, officer, by)
    return read_value(value, opening)


@transaction.atomic(durable=True)
def record_look(rights_request: UUID, place: int, officer: StaffMember, by: Actor) -> tuple[ValueInQuestion, UUID]:
    locked = take_rights_request(rights_request=rights_request, officer=officer, by=by)
    check_stands_apart(locked, officer)
    if not has_sure_identity(locked):
        raise IdentityFirst
    value = find_value_in_question(locked, place, officer)
    with connection.cursor() as cursor:
        cursor.execute(MAY_LOOK, [value.request, value.customer, value.category.pk, value.field, value.officer])
        if cursor.fetchone() != (True,):
            raise ClosedToYou
    return value, record_correction_opening(value, by)


def find_value_in_question(rights_request: RightsRequest, place: int, officer: StaffMember) -> ValueInQuestion:
    """Find the value that a proposal is about. Raises Unknown, NoSuchRecord (none, or several and none was chosen)."""
    assert rights_request.customer_id
    proposal, category = get_proposal(rights_request, place)
    is_chosen = ChosenEntry.objects.filter(rights_request=rights_request).exists()
    if not is_chosen and find_only_record(customer=rights_request.customer_id, category=category.pk) is None:
        raise NoSuchRecord
    return ValueInQuestion(
        rights_request.pk, rights_request.number, rights_request.customer_id, category, proposal.field, officer.pk
    )


@transaction.atomic
def read_value(value: ValueInQuestion, opening: UUID) -> str:
    """Read in a second transaction. The database shows nothing where the request was answered in between."""
    with connection.cursor() as cursor:
        cursor.execute(READ_VALUE, [opening])
        picked = cursor.fetchone()
    if picked is None:
        raise ClosedToYou
    record, sealed, is_whole = picked
    if sealed is None:
        return ""
    try:
        if not is_whole:
            raise CannotOpen("not what was sealed last")
        key = keys.open_customer_key(value.customer)
        return open_values(key, value.customer, value.category.pk, record, {value.field: sealed})[value.field]
    except CannotOpen:
        raise DamagedData from None
