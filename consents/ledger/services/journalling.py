"""What closes something goes into the journal outside before the answer leaves; what could not, a minute later.

The note that an entry waits is left by the database with the entry itself, and is gone only once the disk has the line
and the transaction that took it away has committed: a crash in between writes a line twice, never not at all.
"""

from itertools import batched, takewhile
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal
from consents.core.signing import NotVerified, public_keys, signer
from consents.ledger import checkpoints, journal, selectors
from consents.ledger.checkpoints import Sealed, publish
from consents.ledger.journal import HEADS, SUFFIX, Head, Journal, JournalBroken
from consents.ledger.services.names import journal_name

BATCH = 10_000
TAKE = "SELECT canonical, hash FROM ledger_take_noted(%s::int)"
MISSED = "SELECT canonical, hash FROM ledger_entry WHERE id = ANY(%s) ORDER BY id"


class JournalDoesNotFollow(Refusal):
    """Signing on would vouch for a journal that has lost something."""

    sentence = _(
        "The journal outside does not go through the newest head that was signed of it: it was cut, changed or put "
        "back from an older copy. Nothing was signed; put the whole one back."
    )


def journal_soon() -> None:
    """Once this transaction has committed, its closing entries go into the journal. A failure is logged, and made good
    by the job: the act stands."""
    if not any(hook[1] is catch_up for hook in connection.run_on_commit):
        transaction.on_commit(catch_up, robust=True)


def catch_up() -> int:
    """Write what waits, whoever left it; returns how many entries. Never inside a transaction. Raises OSError."""
    written = 0
    while is_noted():
        some = write_noted()
        written += some
        if some < BATCH:
            break
    return written


def is_noted() -> bool:
    """Whether something waits to be written, once nobody is writing any more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_is_noted()")
        waits: bool = cursor.fetchone()[0]
        return waits


@transaction.atomic(durable=True)
def write_noted() -> int:
    """Of several at once one writes for all; the others wait in `is_noted`, and mostly find that theirs is written."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [BATCH])
        noted = cursor.fetchall()
    if noted:
        with journal.held(settings.PORTAL_JOURNAL) as file:
            file.append(noted)
    return len(noted)


def make_good() -> int:
    """Write what closed something, is not in the journal and does not wait for it either: somebody took the notes away,
    or the journal is a new one. Returns how many entries. Never inside a transaction. Raises JournalBroken, OSError."""
    written = 0
    lines = journal.lines(settings.PORTAL_JOURNAL)
    for some in batched(selectors.not_journalled(lines), BATCH):
        with connection.cursor() as cursor:
            cursor.execute(MISSED, [[id for id, _place in some]])
            missed = cursor.fetchall()
        with journal.held(settings.PORTAL_JOURNAL) as file:
            file.append(missed)
        written += len(missed)
    return written


def witness(*, keys: Path, storage: Storage) -> None:
    """Sign how far the journal goes and keep that with the checkpoints: a journal cut since then is noticed.

    Raises JournalDoesNotFollow.
    """
    newest = newest_kept(keys, storage)
    with journal.held(settings.PORTAL_JOURNAL) as file:
        head = file.head()
        if not passes_through(file, newest):
            raise JournalDoesNotFollow
    if head != newest:
        moment = timezone.now()
        name = f"{HEADS}/{moment:%Y-%m-%d}/{head.number:015d}-{moment:%Y%m%dT%H%M%SZ}{SUFFIX}"
        publish(storage, name, checkpoints.signed(Sealed(journal_name(), head.number, head.hash), signer(keys)))


def newest_kept(keys: Path, storage: Storage) -> Head:
    name = journal.newest_head(storage)
    if name is None:
        return journal.EMPTY
    try:
        sealed = checkpoints.verified(checkpoints.read(storage, name), public_keys(keys))
    except NotVerified:
        raise JournalDoesNotFollow from None
    return Head(sealed.size, sealed.root)


def passes_through(file: Journal, head: Head) -> bool:
    """Read from its end: so far it was signed a minute ago."""
    try:
        later = takewhile(lambda line: line.number >= head.number, file.backwards())
        return head == journal.EMPTY or head in (line.head for line in later)
    except JournalBroken:
        return False
