"""Seal and hash thousands of values at once: what `sealing` makes of each, in half of its time, in loops that do one
thing.
"""

import os
from collections.abc import Iterable, Sequence
from itertools import repeat
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consents.core import sealing
from consents.core.grouped_ids import put_into_group
from consents.core.keys import Keyring
from consents.core.sealing import KEY_BYTES, NONCE_BYTES, VERSION

FIRST = sealing.number_hash(1, b"")


def create_keys(count: int) -> list[bytes]:
    random = os.urandom(KEY_BYTES * count)
    return [random[at : at + KEY_BYTES] for at in range(0, len(random), KEY_BYTES)]


def seal_values(ciphers: Iterable[AESGCM], values: Sequence[bytes], places: Iterable[bytes]) -> list[bytes]:
    """Seal each value under the cipher and at the place that stand beside it. A place is encoded, as associated data:
    `encode_associated_data` of its parts, or of the first of them with `encode_place` of the rest behind it.

    Raises ValueError where a value has no cipher or no place.
    """
    random = os.urandom(NONCE_BYTES * len(values))
    nonces = [random[at : at + NONCE_BYTES] for at in range(0, len(random), NONCE_BYTES)]
    beside = zip(ciphers, nonces, values, places, strict=False)  # a cipher may be repeated for ever
    sealed = [VERSION + nonce + cipher.encrypt(nonce, value, place) for cipher, nonce, value, place in beside]
    if len(sealed) != len(values):
        raise ValueError("A value to seal has no cipher or no place.")
    return sealed


def wrap_keys(keyring: Keyring, kid: str, keys: Sequence[bytes], owners: Iterable[str]) -> list[bytes]:
    """Do what `wrap_key` does, for each key and its owner."""
    places = [sealing.encode_associated_data(("key", owner, kid)) for owner in owners]
    return seal_values(repeat(sealing.prepare_wrapping(keyring.wrapping[kid])), keys, places)


def compute_keyed_hashes(keyring: Keyring, use: str, values: Iterable[str]) -> list[bytes]:
    """Do what `compute_keyed_hash` does, for each value."""
    hashes = [FIRST + digest[1:] for digest in compute_digests(keyring, use, values)]
    if not keyring.later_index_keys:
        return hashes
    return [sealing.list_later_hashes(keyring, hashed)[-1] for hashed in hashes]


def compute_keyed_names(keyring: Keyring, use: str, values: Iterable[str], beside: Iterable[UUID]) -> list[UUID]:
    """Do what `compute_keyed_name` does, for each value."""
    digests = compute_digests(keyring, use, values)
    return [put_into_group(digest[-16:], id) for digest, id in zip(digests, beside, strict=True)]


def compute_digests(keyring: Keyring, use: str, values: Iterable[str]) -> list[bytes]:
    prepared, digests = sealing.prepare_hash(keyring.index_key, use), []
    for value in values:
        hashing = prepared.copy()
        hashing.update(value.encode())
        digests.append(hashing.finalize())
    return digests
