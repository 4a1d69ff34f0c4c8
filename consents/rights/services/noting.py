"""Officers write internal notes on a request and mention colleagues, who have them waiting until they read them.

No page shows a note to the customer. It is about them, so a copy of their data holds it.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS, AlreadyErased
from consents.rights import words
from consents.rights.models import Mention, Note, RightsRequest, Statement
from consents.rights.refusals import NoNotesAfterAnswer, NotAmongOfficers
from consents.rights.rules.answers import Appealed
from consents.rights.rules.notes import check_note, find_typed_mentions
from consents.rights.selectors import OpenedNote, open_notes
from consents.rights.services.assigning import check_not_matter_of
from consents.rights.services.recording import append_rights_entry, lock_for_officer, record_step


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
