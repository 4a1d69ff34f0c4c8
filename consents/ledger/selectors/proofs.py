"""Proving to somebody outside that an entry is in the sealed log."""

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal
from consents.ledger import checkpoints
from consents.ledger.merkle import Tree, audit_path
from consents.ledger.models import Checkpoint, Entry, Leaf
from consents.ledger.proofs import Proof


class NotSealedYet(Refusal):
    sentence = _("This entry is not sealed yet. Its proof can be taken in a few minutes.")


def is_sealed(entry: Entry) -> bool:
    """Its proof can be taken."""
    return Leaf.objects.filter(entry=entry.pk).exists()


def inclusion_proof(entry: Entry) -> Proof:
    """Proof against the first checkpoint that covers the entry: reads one run of sealing, however long the log is.

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
        path=tuple(audit_path(before, leaves, leaf.leaf_index)),
        checkpoint=covering.note,
        key=checkpoints.key_ids(covering.note)[0],
    )
