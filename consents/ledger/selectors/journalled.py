"""Is all that closed something in the journal outside, and is that the one whose heads were signed?"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import batched
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.files.storage import Storage
from django.db import connection, transaction

from consents.core.signing import NotVerified
from consents.ledger import checkpoints, journal
from consents.ledger.journal import JournalBroken, Line
from consents.ledger.rules import CLOSING, LogWhat
from consents.ledger.selectors.log import LogFault
from consents.ledger.selectors.streams import BATCH, stream

# The first statement, so that all that follows sees what was committed when it ran: what closed something and waits no
# more had its line on disk by then, and is found in a journal read later.
ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
ALREADY = "SELECT FROM ledger_entry LIMIT 1"
TOLD = "CREATE TEMPORARY TABLE journal_told (hash bytea) ON COMMIT DROP"
MISSING = """
SELECT e.id, e.chain, e.sequence FROM ledger_entry AS e
WHERE e.event = ANY(%s) AND NOT e.event || ' ' || e.outcome = ANY(%s)
    AND NOT EXISTS (SELECT FROM ledger_unjournalled AS w WHERE w.entry = e.id)
    AND NOT EXISTS (SELECT FROM journal_told AS t WHERE t.hash = e.hash)
ORDER BY e.id
"""
LATE = """
SELECT EXISTS (
    SELECT FROM ledger_unjournalled AS w JOIN ledger_entry AS e ON e.id = w.entry
    WHERE e.occurred_at < portal_now() - interval '2 minutes'
)
"""


def journal_is_late() -> bool:
    """Something that closed has waited for the journal for more than two minutes: the job makes it good every one."""
    with connection.cursor() as cursor:
        cursor.execute(LATE)
        return bool(cursor.fetchone()[0])


def not_journalled(lines: Iterable[Line]) -> Generator[tuple[int, str]]:
    """Entries (id, and chain with place in it) that closed something, are not in the journal and do not wait for it.

    In a transaction of its own. Raises JournalBroken.
    """
    events = list(CLOSING)
    exempt = [f"{event} {outcome}" for event, outcomes in CLOSING.items() for outcome in outcomes]
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(ONE_MOMENT)
            cursor.execute(ALREADY)
            cursor.execute(TOLD)
            for some in batched(lines, BATCH):
                with cursor.copy("COPY journal_told FROM STDIN") as copy:
                    for line in some:
                        copy.write_row([bytes.fromhex(line.hash)])
            cursor.execute("ANALYZE journal_told")
        for entry, chain, sequence in stream(MISSING, [events, exempt]):
            yield entry, f"{chain}/{sequence}"


def journal_faults(folder: Path, storage: Storage, keys: list[Ed25519PublicKey]) -> Iterator[LogFault]:
    """The first thing wrong with the journal, or between it and its newest signed head; the first entry it lacks."""
    name = journal.newest_head(storage)
    try:
        signed = checkpoints.verified(checkpoints.read(storage, name), keys) if name else None
    except NotVerified:
        yield LogFault(LogWhat.UNREADABLE, checkpoint=name or "")
        return
    reached = signed is None

    def noting() -> Iterator[Line]:
        nonlocal reached
        for line in journal.lines(folder):
            reached = reached or bool(signed and (line.number, line.head.hash) == (signed.size, signed.root))
            yield line

    try:
        with closing(not_journalled(noting())) as entries:
            missing = next(entries, None)
    except JournalBroken:
        yield LogFault(LogWhat.JOURNAL_BROKEN)
        return
    if not reached:
        yield LogFault(LogWhat.JOURNAL_CUT, checkpoint=name or "")
    if missing:
        yield LogFault(LogWhat.NOT_JOURNALLED, entry=missing[1])
