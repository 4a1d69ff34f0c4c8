"""Signals of the vault, sent inside the transaction."""

from django.dispatch import Signal

# erasure: PartErasure, by: Actor. The records are gone already: whatever rooms above keep of these kinds ends or goes
# in the same act.
part_erased = Signal()
