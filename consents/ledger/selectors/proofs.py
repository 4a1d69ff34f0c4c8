"""Prove to someone outside that an entry is in the sealed log, and that the log only grew between two checkpoints."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid, Refusal
from consents.ledger import checkpoints
from consents.ledger.merkle import Tree, build_audit_path, build_consistency_path
from consents.ledger.models import Checkpoint, Entry, Leaf
from consents.ledger.proofs import ConsistencyProof, Proof


class NotSealedYet(Refusal):
    sentence = _("This entry is not sealed yet. Its proof will be available in a few minutes.")


class NoSuchCheckpoint(Refusal):
    status = 404
    sentence = _("The log has no checkpoint of this size.")


class WrongOrder(Refusal):
    sentence = _("The newer checkpoint is shorter than the older one.")


class TooFarApart(NotValid):
    sentence = _("So many entries lie between these checkpoints that the proof is made by command alone.")


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

    Raises NoSuchCheckpoint, WrongOrder, or TooFarApart when more than `most` entries lie in between.
    """
    # A lookup by a list cannot take a number too large for the column.
    first, second = (Checkpoint.objects.filter(size=size).first() for size in (older, newer))
    if first is None or second is None:
        raise NoSuchCheckpoint
    if newer < older:
        raise WrongOrder
    if most is not None and newer - older > most:
        raise TooFarApart
    tree = Tree.restored(older, bytes(first.frontier))
    path = build_consistency_path(tree, stream_leaves(older, newer), newer)
    return ConsistencyProof(first.note, second.note, tuple(path))


def stream_leaves(start: int, end: int) -> Iterator[bytes]:
    leaves = Leaf.objects.filter(leaf_index__gte=start, leaf_index__lt=end).order_by("leaf_index")
    return (bytes(hash) for hash in leaves.values_list("hash", flat=True).iterator(chunk_size=2000))
