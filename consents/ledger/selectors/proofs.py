"""Verify the journal outside: it holds every closing entry and nothing else, and agrees with the signed heads."""

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import batched
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.files.storage import Storage
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid, Refusal
from consents.core.signing import NotVerified
from consents.ledger import checkpoints, journal
from consents.ledger.journal import JournalBroken, Line
from consents.ledger.merkle import ConsistencyProof, Proof, Tree, build_audit_path, build_consistency_path
from consents.ledger.models import Checkpoint, Entry, Leaf
from consents.ledger.rules import CLOSING, LogFaultKind
from consents.ledger.selectors.timelines import BATCH, LogFault, stream_rows

# Prove to someone outside that an entry is in the sealed log, and that the log only grew between two checkpoints.


class NotSealedYet(Refusal):
    sentence = _("This entry is not sealed yet. Its proof will be available in a few minutes.")


class NoSuchCheckpoint(Refusal):
    status = 404
    sentence = _("The log has no checkpoint of this size.")


def is_sealed(entry: Entry) -> bool:
    """Return True if the entry's proof is available."""
    return Leaf.objects.filter(entry=entry.pk).exists()


def list_sealed(entries: Iterable[Entry]) -> list[int]:
    """List the ids of those of these entries whose proof is available."""
    return list(Leaf.objects.filter(entry__in=[entry.pk for entry in entries]).values_list("entry", flat=True))


def build_inclusion_proof(entry: Entry) -> Proof:
    """Prove the entry against the first checkpoint that covers it; reads one run of sealing, however long the log is.

    Raises NotSealedYet.
    """
    leaf = Leaf.objects.filter(entry=entry.pk).first()
    if leaf is None:
        raise NotSealedYet
    covering = Checkpoint.objects.filter(size__gt=leaf.leaf_index).earliest("size")
    last = Checkpoint.objects.filter(size__lte=leaf.leaf_index).order_by("-size").first()
    before = Tree.restored(last.size, bytes(last.frontier)) if last else Tree()
    batch = Leaf.objects.filter(leaf_index__gte=before.size, leaf_index__lt=covering.size).order_by("leaf_index")
    leaves = [bytes(hash) for hash in batch.values_list("hash", flat=True)]
    return Proof(
        entry=entry.canonical,
        leaf_index=leaf.leaf_index,
        tree_size=covering.size,
        path=tuple(build_audit_path(before, leaves, leaf.leaf_index)),
        checkpoint=covering.note,
        key=checkpoints.parse_key_ids(covering.note)[0],
    )


def find_newest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def build_consistency_proof(older: int, newer: int, *, most: int | None = None) -> ConsistencyProof:
    """Prove that the checkpoint of size `newer` continues that of size `older`; reads what came in between, once.

    Raises NoSuchCheckpoint, Refusal, or NotValid when more than `most` entries lie in between.
    """
    # A lookup by a list cannot take a number too large for the column.
    first, second = (Checkpoint.objects.filter(size=size).first() for size in (older, newer))
    if first is None or second is None:
        raise NoSuchCheckpoint
    if newer < older:
        raise Refusal(_("The newer checkpoint is shorter than the older one."))
    if most is not None and newer - older > most:
        raise NotValid(_("So many entries lie between these checkpoints that the proof is made by command alone."))
    tree = Tree.restored(older, bytes(first.frontier))
    path = build_consistency_path(tree, stream_leaves(older, newer), newer)
    return ConsistencyProof(first.note, second.note, tuple(path))


def stream_leaves(start: int, end: int) -> Iterator[bytes]:
    leaves = Leaf.objects.filter(leaf_index__gte=start, leaf_index__lt=end).order_by("leaf_index")
    return (bytes(hash) for hash in leaves.values_list("hash", flat=True).iterator(chunk_size=2000))


ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
# The first query: all that follows sees what was committed when it ran. What closed something and waits no longer had
# its line on disk by then, and is found in a journal that is read afterwards.
TAKE_SNAPSHOT = "SELECT FROM ledger_entry LIMIT 1"
TOLD = "CREATE TEMPORARY TABLE journal_told (hash bytea) ON COMMIT DROP"
MISSING = """
SELECT e.id, e.chain, e.sequence FROM ledger_entry AS e
WHERE e.event = ANY(%s) AND NOT e.event || ' ' || e.outcome = ANY(%s)
    AND NOT EXISTS (SELECT FROM ledger_unjournalled AS w WHERE w.entry = e.id)
    AND NOT EXISTS (SELECT FROM journal_told AS t WHERE t.hash = e.hash)
ORDER BY e.id
"""
LATE = """
SELECT e.chain, e.sequence FROM ledger_unjournalled AS w JOIN ledger_entry AS e ON e.id = w.entry
WHERE e.occurred_at < portal.now() - interval '2 minutes' ORDER BY e.id LIMIT 1
"""
# By place: no index tells hashes.
UNKNOWN = """
SELECT l.chain, l.sequence FROM unnest(%s::text[], %s::bigint[], %s::bytea[]) AS l (chain, sequence, hash)
WHERE NOT EXISTS (
    SELECT FROM ledger_entry AS e WHERE e.chain = l.chain AND e.sequence = l.sequence AND e.hash = l.hash
) LIMIT 1
"""
# What a restoration has lost was done again under other places, or it said that it was not.
SETTLED = "SELECT coalesce(max(journal), 0) FROM ledger_restoration WHERE opened_at IS NOT NULL"


def is_journal_late() -> bool:
    """Return True if a closing entry has waited for the journal for over two minutes; the job writes every minute."""
    return find_late_entry() is not None


def find_late_entry() -> str | None:
    """Return the first such entry, as chain/sequence."""
    with connection.cursor() as cursor:
        cursor.execute(LATE)
        place = cursor.fetchone()
    return f"{place[0]}/{place[1]}" if place else None


def find_unknown_entry(lines: Iterable[Line]) -> str | None:
    """Return the first entry (chain/sequence) that the journal tells of and the ledger does not hold.

    A line is written after its entry has committed, so each batch is compared with what is there after it was read.
    Raises JournalBroken.
    """
    settled = read_settled_number()
    with connection.cursor() as cursor:
        for some in batched((line for line in lines if line.number > settled), BATCH):
            entries = [json.loads(line.entry) for line in some]
            places = [entry["chain"] for entry in entries], [entry["sequence"] for entry in entries]
            cursor.execute(UNKNOWN, [*places, [bytes.fromhex(line.hash) for line in some]])
            if found := cursor.fetchone():
                return f"{found[0]}/{found[1]}"
    return None


def read_settled_number() -> int:
    """Return the number of lines that past restorations have settled."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLED)
        return int(cursor.fetchone()[0])


def find_unjournalled_entries(lines: Iterable[Line]) -> Generator[tuple[int, str]]:
    """Yield closing entries (id, chain/sequence) that are neither in the journal nor waiting for it.

    Runs in a transaction of its own. Raises JournalBroken.
    """
    events = list(CLOSING)
    exempt = [f"{event} {outcome}" for event, outcomes in CLOSING.items() for outcome in outcomes]
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(ONE_MOMENT)
            cursor.execute(TAKE_SNAPSHOT)
            cursor.execute(TOLD)
            for some in batched(lines, BATCH):
                with cursor.copy("COPY journal_told FROM STDIN") as copy:
                    for line in some:
                        copy.write_row([bytes.fromhex(line.hash)])
            cursor.execute("ANALYZE journal_told")
        for entry, chain, sequence in stream_rows(MISSING, [events, exempt]):
            yield entry, f"{chain}/{sequence}"


def find_journal_faults(folder: Path | Storage, storage: Storage, keys: list[Ed25519PublicKey]) -> Iterator[LogFault]:
    """Yield the first fault of the journal, or between it and its newest signed head; the first entry it lacks, the
    first that waits for too long, and the first that only it knows.
    """
    name = journal.find_newest_head(storage)
    try:
        signed = checkpoints.verify_checkpoint(checkpoints.read_note(storage, name), keys) if name else None
    except NotVerified:
        yield LogFault(LogFaultKind.UNREADABLE, checkpoint=name or "")
        return
    reached = signed is None

    def noting() -> Iterator[Line]:
        nonlocal reached
        for line in journal.read_journal(folder):
            reached = reached or bool(signed and (line.number, line.head.hash) == (signed.size, signed.root))
            yield line

    try:
        with closing(find_unjournalled_entries(noting())) as entries:
            missing = next(entries, None)
        unknown = find_unknown_entry(journal.read_journal(folder))
    except JournalBroken:
        yield LogFault(LogFaultKind.JOURNAL_BROKEN)
        return
    if not reached:
        yield LogFault(LogFaultKind.JOURNAL_CUT, checkpoint=name or "")
    if missing:
        yield LogFault(LogFaultKind.NOT_JOURNALLED, entry=missing[1])
    if late := find_late_entry():
        yield LogFault(LogFaultKind.JOURNAL_LATE, entry=late)
    if unknown:
        yield LogFault(LogFaultKind.NOT_IN_LEDGER, entry=unknown)
