"""Let the officer who works a correction see the value that stands now; each look is on record before it happens."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection, transaction

from consents.core import clock
from consents.core.sealing import CannotOpen
from consents.disclosures.services import DamagedData, ValueInQuestion, record_correction_opening
from consents.ledger.rules import Actor
from consents.people import keys
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS, AlreadyErased
from consents.rights import words
from consents.rights.fulfilment.erasure import get_proposal
from consents.rights.models import ChosenEntry, Mention, Note, RightsRequest, Statement
from consents.rights.refusals import ClosedToYou, IdentityFirst, NoNotesAfterAnswer, NotAmongOfficers
from consents.rights.rules import Appealed, check_note, find_typed_mentions
from consents.rights.selectors import OpenedNote, open_notes
from consents.rights.services.answering import has_sure_identity
from consents.rights.services.handling import check_not_matter_of, take_rights_request
from consents.rights.services.recording import append_rights_entry, check_stands_apart, lock_for_officer, record_step
from consents.vault.services.storing import NoSuchRecord, find_only_record, open_values

# Officers write internal notes on a request and mention colleagues, who have them waiting until they read them.
#
# No page shows a note to the customer. It is about them, so a copy of their data holds it.


@transaction.atomic
def write_note(
    *, rights_request: UUID, text: str, mentioned: Collection[UUID], officer: StaffMember, by: Actor
) -> Note:
    """Write a note. `mentioned`: colleagues who were chosen, beside those whom the text names as @name; nobody mentions
    themselves.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyErased, NoNotesAfterAnswer, NoNote, NoteTooLong, TooManyNotes,
    UnknownMention, UnclearMention, NotAmongOfficers, OwnMatterOfColleague.
    """
    locked = lock_for_officer(rights_request, officer)
    if locked.has_erased_customer:
        raise AlreadyErased
    if not takes_notes(locked):
        raise NoNotesAfterAnswer
    content = check_note(text, locked.note_set.count())
    colleagues = list_mentioned(locked, content, mentioned, officer)
    note = record_step(locked, Note, written_by=officer.user, written_at=clock.now())
    words.store_statement(locked, Statement.Kind.NOTE, {"text": content}, note=note)
    for colleague in colleagues:
        Mention.objects.create(rights_request=locked, note=note, colleague=colleague.user)
    told = [str(colleague.pk) for colleague in colleagues]
    append_rights_entry(locked, "noted", by, note=note.pk, mentioned=told)
    return note


def takes_notes(rights_request: RightsRequest) -> bool:
    """Tell whether somebody still works on the request: on its answer, or on an appeal against it."""
    return not rights_request.is_answered or rights_request.appeal_outcome == Appealed.PENDING


def list_mentioned(
    rights_request: RightsRequest, text: str, chosen: Collection[UUID], officer: StaffMember
) -> list[StaffMember]:
    """List the colleagues of a note, who all may work on its request."""
    officers = StaffMember.objects.filter(ended_at=None, role__in=OFFICERS).select_related("user").order_by("pk")
    working = {colleague.pk: colleague for colleague in officers}
    if not set(chosen) <= set(working):
        raise NotAmongOfficers
    typed = find_typed_mentions(text, {id: colleague.user.get_full_name() for id, colleague in working.items()})
    colleagues = [working[id] for id in sorted({*chosen, *typed} - {officer.pk})]
    for colleague in colleagues:
        check_not_matter_of(colleague, rights_request)
    return colleagues


@transaction.atomic
def read_notes(*, rights_request: UUID, officer: StaffMember, by: Actor) -> list[OpenedNote]:
    """Return the notes, oldest first. The entry stands before they are opened; whoever was mentioned has read it now.

    Raises Unknown, NotAnOfficer, OwnMatter.
    """
    locked = lock_for_officer(rights_request, officer)
    append_rights_entry(locked, "notes_read", by)
    Mention.objects.filter(rights_request=locked, colleague=officer.pk, read_at=None).update(read_at=clock.now())
    return open_notes(locked)


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
