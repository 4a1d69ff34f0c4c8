"""Write closing entries to the journal outside before the answer leaves; what fails is written a minute later.

The database notes with the entry itself that it waits. The note goes only once the disk has the line and the
transaction that removed the note has committed: a crash in between writes a line twice, but never loses one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.files.storage import Storage
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from consents.core.canonical import encode_canonical
from consents.core.refusals import Refusal
from consents.core.signing import NotVerified, load_newest_key, load_public_keys
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead, create_note
from consents.ledger.journal import HEADS, SUFFIX, JournalBroken
from consents.ledger.models import Restoration
from consents.ledger.rules import Actor, is_closing
from consents.ledger.selectors import proofs

# Append entries to the ledger: the only way in for an act.

APPEND = """
SELECT portal.append_entry(%s::text, %s::uuid, %s::text, %s::text, %s::text, %s::text, %s::text, %s::text, %s::uuid,
                     %s::text, %s::text)
"""


@dataclass(frozen=True)
class Change:
    """A change of one row that goes in the same statement as its entry. `statement` returns the row that it wrote."""

    statement: str
    values: Sequence[object]


def append_entry(
    *,
    event: str,
    by: Actor,
    customer: UUID | None = None,
    object_type: str,
    object: UUID | str | int,
    purpose: str = "",
    outcome: str = "",
    details: Mapping[str, Any] | None = None,
    change: Change | None = None,
    beside: Change | None = None,
) -> int:
    """Append one entry inside the caller's transaction and return its id.

    `event` is a dotted noun and past participle (`access_request.filed`). `details` holds codes, ids and numbers, never
    a personal value. The database sets the moment, the place in the chain and the hashes. `beside`: a change in the
    same statement that may write nothing. Raises TransactionManagementError outside a transaction: an act and its entry
    stand or fall together.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A ledger entry belongs inside the transaction of its act.")
    facts = {**(details or {}), **({"original": by.original} if by.original else {})}
    values: list[Any] = [
        event,
        customer,
        by.kind,
        by.id,
        object_type,
        str(object),
        purpose,
        by.channel,
        by.evidence,
        outcome,
        encode_canonical(facts).decode(),
    ]
    statement, values = build_append_statement(values, change, beside)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        entry: int = cursor.fetchone()[0]
    if is_closing(event, outcome):
        schedule_journalling()
    return entry


def build_append_statement(entry: list[Any], change: Change | None, beside: Change | None) -> tuple[str, list[Any]]:
    """Return the one statement that appends the entry and makes these changes, and its values."""
    made = {name: one for name, one in (("change", change), ("beside", beside)) if one}
    steps = ", ".join(f"{name} AS ({one.statement})" for name, one in made.items())
    values = [value for one in made.values() for value in one.values]
    statement = f"WITH {steps} {APPEND}" if steps else APPEND
    return f"{statement} FROM change" if change else statement, [*values, *entry]


def lock_people(*people: UUID) -> None:
    """Make acts about one customer, or of one user, wait for each other until this transaction ends.

    The order in which every act takes its locks, so that no two can wait for each other:

        form (its token) → turn → user → purpose, version → customer → request → grant → message → the company's chain

    A turn: what is done one after the other, whoever it is about, such as what the directory tells. Several users by
    ascending id; several customers one after the other, too, each with their requests, grants and messages. What has no
    customer goes on the company's chain, which all acts share: its entry comes last.
    tests/faults/test_every_act.py watches.
    """
    with connection.cursor() as cursor:
        for id in sorted(people, key=str):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(id)])


BATCH = 10_000
TAKE = "SELECT canonical, hash FROM portal.take_unjournalled_entries(%s::int)"
MISSED = "SELECT canonical, hash FROM ledger_entry WHERE id = ANY(%s) ORDER BY id"


class JournalMismatch(Refusal):
    """Refuse to sign: signing would vouch for a journal that has lost something."""

    sentence = (
        "The journal does not contain the newest head that was signed: it was truncated, changed or replaced with an "
        "older copy. Nothing was signed; put the complete journal back."
    )


def schedule_journalling() -> None:
    """Write this transaction's closing entries to the journal once it has committed.

    A failure is logged and made good by the job: the act stands.
    """
    if not any(hook[1] is write_waiting_entries for hook in connection.run_on_commit):
        transaction.on_commit(write_waiting_entries, robust=True)


def write_waiting_entries() -> int:
    """Write every waiting entry, whoever left it; return how many. Never inside a transaction. Raises OSError."""
    written = 0
    while has_waiting_entries():
        some = write_waiting_batch()
        written += some
        if some < BATCH:
            break
    return written


def has_waiting_entries() -> bool:
    """Return True if something waits to be written, once no one is writing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.has_unjournalled_entries()")
        return bool(cursor.fetchone()[0])


@transaction.atomic(durable=True)
def write_waiting_batch() -> int:
    """Write one batch of waiting entries; other writers wait in `has_waiting_entries`, and mostly theirs is written."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [BATCH])
        noted = cursor.fetchall()
    if noted:
        with journal.open_journal(journal.get_journal_place()) as file:
            file.append(noted)
    return len(noted)


def write_missing_entries() -> int:
    """Write closing entries that are neither in the journal nor waiting: notes were removed, or the journal is new.

    Returns how many. Never inside a transaction. Raises JournalBroken, OSError.
    """
    written = 0
    lines = journal.read_journal(journal.get_journal_place())
    for some in batched(proofs.find_unjournalled_entries(lines), BATCH):
        with connection.cursor() as cursor:
            cursor.execute(MISSED, [[id for id, _place in some]])
            missed = cursor.fetchall()
        with journal.open_journal(journal.get_journal_place()) as file:
            file.append(missed)
        written += len(missed)
    return written


def sign_journal_head(*, keys: Path, storage: Storage) -> None:
    """Sign how far the journal goes and keep that with the checkpoints: truncating it later is noticed.

    Raises JournalMismatch.
    """
    try:
        newest = journal.read_newest_head(storage, load_public_keys(keys))
    except NotVerified:
        raise JournalMismatch from None
    with journal.open_journal(journal.get_journal_place()) as file:
        head = file.head()
        try:
            is_continued = journal.contains_head(file, newest)
        except JournalBroken:
            is_continued = False
    if not is_continued:
        raise JournalMismatch
    if head != newest:
        moment = timezone.now()
        name = f"{HEADS}/{moment:%Y-%m-%d}/{head.number:015d}-{moment:%Y%m%dT%H%M%SZ}{SUFFIX}"
        sealed = TreeHead(f"{get_portal_name()}/journal", head.number, head.hash)
        create_note(storage, name, checkpoints.sign_checkpoint(sealed, load_newest_key(keys)))


def get_log_name() -> str:
    """Return the log's name in its checkpoints: the portal's address without scheme.

    A log that lost entries in a restoration continues under another name, so that no one signs two histories of one.
    """
    generation = Restoration.objects.aggregate(newest=Max("generation"))["newest"]
    return f"{get_portal_name()}/ledger/{generation}" if generation else f"{get_portal_name()}/ledger"


def list_log_names() -> list[str]:
    """List every name that the log has had, oldest first."""
    generations = Restoration.objects.filter(generation__isnull=False).order_by("generation")
    later = [f"{get_portal_name()}/ledger/{number}" for number in generations.values_list("generation", flat=True)]
    return [f"{get_portal_name()}/ledger", *later]


def get_backups_name() -> str:
    return f"{get_portal_name()}/backups"


def get_portal_name() -> str:
    """Return the portal's address without scheme: the names of all that it signs begin with it."""
    parts = urlsplit(settings.PORTAL_URL)
    return f"{parts.netloc}{parts.path}"
