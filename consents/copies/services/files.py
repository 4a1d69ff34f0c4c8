"""Files that officers add to a copy, per system searched: judged, sealed in chunks, sent with the copy.

A file lies in rows beside its request, not in a storage of its own: it is there in the commit of its entry or not at
all, goes in the transaction that erases its customer, and is in every backup. It is read a chunk at a time.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.copies.file_checks import FileKind, clean_name, judge_file, scan_content
from consents.copies.models import AddedFile, FileChunk, FileDecision
from consents.copies.rules import MEGABYTE, MOST_FILES, LeftOut
from consents.copies.selectors import (
    FileIsTakenOut,
    FileTooLarge,
    FileWaits,
    NoFilesHere,
    NoSystem,
    SayWhatIsLeftOut,
    TooManyFiles,
    select_files_in_copy,
    select_waiting_files,
    takes_files,
)
from consents.core import sealing
from consents.core.refusals import Unknown, get_or_refuse
from consents.ledger.rules import Actor
from consents.people import keys
from consents.people.models import StaffMember
from consents.people.two_officers.refusals import Matter
from consents.rights.models import RightsRequest
from consents.rights.rules import GRANTED, Outcome
from consents.rights.services.handling import lock_for_officer, record_search
from consents.rights.services.recording import append_rights_entry, assign_to, lock_open_rights_request

CHUNK = 256 * 1024
LEFT_OUT = Matter(needs_second_officer=_("You added this yourself. Another officer must agree to what is left out."))


class NewFile(NamedTuple):
    """A file as it was sent: what the browser calls it, and what is in it."""

    name: str
    content: bytes


@transaction.atomic
def add_file(
    *,
    rights_request: UUID,
    system: str,
    left_out: LeftOut,
    words: str,
    new_file: NewFile | None,
    officer: StaffMember,
    by: Actor,
) -> AddedFile:
    """Add a file, or say that one is left out. `words`: what is left out and why, as the customer reads it. A system
    that was not noted as searched is noted now, with an entry of its own.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, NoFilesHere, NoSystem, SayWhatIsLeftOut, TooManyFiles,
    FileTooLarge, ScannerUnavailable, and what `judge_file` raises.
    """
    kind = judge_new_file(new_file) if new_file else None  # before anything is locked: the scanner takes its time
    locked = lock_open_rights_request(rights_request, officer)
    check_new_file(locked, system, left_out, words.strip(), new_file)
    content = new_file.content if new_file else b""
    note_search(locked, system.strip(), officer, by)
    assign_to(locked, officer)
    facts = {"words": words.strip()}
    if new_file and kind:
        facts |= {"name": clean_name(new_file.name, kind), "sha256": hashlib.sha256(content).hexdigest()}
    added = store_file(locked, system.strip(), left_out, facts, kind.ending if kind else "", content, officer)
    append_rights_entry(locked, "file_added", by, left_out, file=str(added.pk), size=added.size, kind=added.kind)
    return added


def note_search(rights_request: RightsRequest, system: str, officer: StaffMember, by: Actor) -> None:
    """Note that the system was searched, where nobody has: something was found in it."""
    if not rights_request.search_set.filter(system=system).exists():
        record_search(rights_request=rights_request.pk, system=system, found=True, officer=officer, by=by)


def check_new_file(
    rights_request: RightsRequest, system: str, left_out: LeftOut, words: str, new_file: NewFile | None
) -> None:
    if not takes_files(rights_request):
        raise NoFilesHere
    if not system.strip():
        raise NoSystem
    if (left_out == LeftOut.NOTHING) == bool(words) or (left_out == LeftOut.WHOLE) == bool(new_file):
        raise SayWhatIsLeftOut
    if select_files_in_copy(rights_request).count() >= MOST_FILES:
        raise TooManyFiles(n=MOST_FILES)


def judge_new_file(new_file: NewFile) -> FileKind:
    """Return what the file is. Raises FileTooLarge, ScannerUnavailable, and what `judge_file` raises."""
    if len(new_file.content) > settings.PORTAL_COPY_FILE_MB * MEGABYTE:
        raise FileTooLarge(n=settings.PORTAL_COPY_FILE_MB)
    kind = judge_file(new_file.content, new_file.name)
    scan_content(new_file.content)
    return kind


def store_file(
    rights_request: RightsRequest,
    system: str,
    left_out: LeftOut,
    facts: dict[str, str],
    kind: str,
    content: bytes,
    officer: StaffMember,
) -> AddedFile:
    assert rights_request.customer_id
    id, key = uuid4(), keys.open_customer_key(rights_request.customer_id)
    added = AddedFile.record(
        id=id,
        rights_request=rights_request,
        customer_id=rights_request.customer_id,
        system=system,
        kind=kind,
        size=len(content),
        left_out=left_out,
        sealed_about=sealing.seal_value(key, json.dumps(facts).encode(), "copy file", str(id), "about"),
        added_by=officer.user,
    )
    sealer = sealing.Sealer(key, "copy file", str(id))
    for number, start in enumerate(range(0, len(content), CHUNK)):
        sealed = sealer.seal(content[start : start + CHUNK], str(number))
        FileChunk.objects.create(file=added, customer_id=added.customer_id, number=number, sealed=sealed)
    return added


@transaction.atomic
def agree_to_left_out(*, file: UUID, officer: StaffMember, by: Actor) -> FileDecision:
    """Agree, as a second officer, to what is left out of a file. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, FileIsTakenOut, NeedsSecondOfficer.
    """
    locked, added = lock_file(file, officer)
    if added.left_out == LeftOut.NOTHING:
        raise Unknown
    if earlier := added.decisions.filter(outcome=FileDecision.Outcome.AGREED).first():
        return earlier
    LEFT_OUT.check_may_decide(added.added_by_id, officer.pk)
    decision = record_decision(added, FileDecision.Outcome.AGREED, officer)
    append_rights_entry(locked, "file_agreed", by, file=str(added.pk))
    return decision


@transaction.atomic
def take_out_file(*, file: UUID, officer: StaffMember, by: Actor) -> FileDecision:
    """Take a file out of the copy again: its content is removed. Raises Unknown, NotAnOfficer, AlreadyAnswered,
    FileIsTakenOut."""
    locked, added = lock_file(file, officer)
    decision = record_decision(added, FileDecision.Outcome.TAKEN_OUT, officer)
    append_rights_entry(locked, "file_taken_out", by, file=str(added.pk))
    added.chunks.all().delete()
    return decision


def lock_file(file: UUID, officer: StaffMember) -> tuple[RightsRequest, AddedFile]:
    """Lock the request of a file that is in its copy. Raises Unknown, NotAnOfficer, AlreadyAnswered, FileIsTakenOut."""
    added = get_or_refuse(AddedFile.objects.filter(pk=file))
    locked = lock_open_rights_request(added.rights_request_id, officer)
    if added.decisions.filter(outcome=FileDecision.Outcome.TAKEN_OUT).exists():
        raise FileIsTakenOut
    return locked, added


def record_decision(added: AddedFile, outcome: FileDecision.Outcome, officer: StaffMember) -> FileDecision:
    return FileDecision.record(file=added, customer_id=added.customer_id, outcome=outcome, decided_by=officer.user)


@transaction.atomic
def read_file(*, file: UUID, officer: StaffMember, by: Actor) -> AddedFile:
    """Let an officer read a file of a copy, on record before its first byte. Raises Unknown (none, or its content is
    gone), NotAnOfficer."""
    added = AddedFile.objects.filter(pk=file).first()
    if added is None or not added.chunks.exists():
        raise Unknown
    locked = lock_for_officer(added.rights_request_id, officer)
    append_rights_entry(locked, "file_read", by, file=str(added.pk))
    return added


def open_file(added: AddedFile) -> Iterator[bytes]:
    """Yield the content, a chunk at a time. Raises CannotOpen if a chunk was changed, moved or lost."""
    sealer = sealing.Sealer(keys.open_customer_key(added.customer_id), "copy file", str(added.pk))
    for number in range(-(-added.size // CHUNK)):
        sealed = added.chunks.filter(number=number).values_list("sealed", flat=True).first()
        if sealed is None:
            raise sealing.CannotOpen("a chunk is missing")
        yield sealer.unseal(bytes(sealed), str(number))


def check_files_ready(*, rights_request: RightsRequest, outcome: Outcome, **more: Any) -> None:
    """Refuse an answer that would send a copy while something waits to be left out. By signal, inside the answer."""
    if outcome in GRANTED and select_waiting_files().filter(rights_request=rights_request).exists():
        raise FileWaits


def remove_content(**of: Any) -> None:
    """Remove the content of files; that they were there stays on record."""
    FileChunk.objects.filter(**of).delete()
