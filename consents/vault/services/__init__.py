"""Acts on the vault, by story: storing records, erasing them (all of a customer, or some kinds), rewrapping keys."""

from consents.vault.services.erasing import (
    KindsHaveChanged,
    cancel_part,
    drop_parts,
    erase_part,
    erase_part_again,
    propose_part,
    remove_all,
)
from consents.vault.services.rewrapping import (
    KeyInUse,
    NotForRetiring,
    Rewrapped,
    keys_left,
    retire_key,
    rewrap,
)
from consents.vault.services.storing import (
    Comparison,
    Incoming,
    NoSuchEntry,
    compare,
    correct,
    holds,
    opened_values,
    sealed_values,
    store,
    store_compared,
)

__all__ = [
    "Comparison",
    "Incoming",
    "KeyInUse",
    "KindsHaveChanged",
    "NoSuchEntry",
    "NotForRetiring",
    "Rewrapped",
    "cancel_part",
    "compare",
    "correct",
    "drop_parts",
    "erase_part",
    "erase_part_again",
    "holds",
    "keys_left",
    "opened_values",
    "propose_part",
    "remove_all",
    "retire_key",
    "rewrap",
    "sealed_values",
    "store",
    "store_compared",
]
