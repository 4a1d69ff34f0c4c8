"""Write closing entries to the journal outside before the answer leaves; what fails is written a minute later.

The database notes with the entry itself that it waits. The note goes only once the disk has the line and the
transaction that removed the note has committed: a crash in between writes a line twice, but never loses one.
"""

from itertools import batched
from pathlib import Path

from django.core.files.storage import Storage
from django.db import connection, transaction
from django.utils import timezone

from consents.core.refusals import Refusal
from consents.core.signing import NotVerified, load_newest_key, load_public_keys
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead, create_note
from consents.ledger.journal import HEADS, SUFFIX, JournalBroken
from consents.ledger.selectors import journal_verification
from consents.ledger.services.names import get_portal_name

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
    for some in batched(journal_verification.find_unjournalled_entries(lines), BATCH):
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
