"""Encrypt values (AES-256-GCM) under a key of one person, which is wrapped by a key from outside the database.

A sealed value is `version (1 byte) | nonce (12) | ciphertext and tag`. Its place (person, category, field …) is bound
in as associated data, so a value that was moved elsewhere does not open.
"""

import hmac
import os
import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from struct import Struct
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from django.db import models

from consents.core.grouped_ids import put_into_group
from consents.core.keys import Keyring

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32
HASH_BYTES = 32
pack_length = Struct(">I").pack


class CannotOpen(Exception):
    """Signal the wrong key, the wrong place or changed bytes. Carries no value."""


class KeyMissing(CannotOpen):
    """Signal a missing wrapping key: the value is intact, but no one can read it until the key is back."""


type Key = bytes | AESGCM  # as it is kept, or prepared for several uses


def seal_value(key: Key, value: bytes, *place: str) -> bytes:
    """Encrypt `value` so that it opens only with this key and at this place."""
    return Sealer(key, *place).seal(value)


class Sealer:
    """Seal and open many values under one key, all below one place.

    `Sealer(key, "a").seal(value, "b")` seals for the place ("a", "b").
    """

    def __init__(self, key: Key, *place: str) -> None:
        self.cipher = prepare_key(key)
        self.above = encode_associated_data(place)

    def seal(self, value: bytes, *below: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)  # what `secrets` reads, without its detour
        return VERSION + nonce + self.cipher.encrypt(nonce, value, self.above + encode_place(below))

    def unseal(self, sealed: bytes, *below: str) -> bytes:
        """Raises CannotOpen unless key, place and bytes are exactly those of `seal`."""
        if sealed[:1] != VERSION:
            raise CannotOpen("unknown version")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self.cipher.decrypt(nonce, body, self.above + encode_place(below))
        except (InvalidTag, ValueError):
            raise CannotOpen("does not open here") from None


def open_value(key: bytes, sealed: bytes, *place: str) -> bytes:
    """Decrypt a sealed value. Raises CannotOpen unless key, place and bytes are exactly those of `seal_value`."""
    return Sealer(key, *place).unseal(sealed)


def open_with_any(keys: Sequence[bytes], sealed: bytes, *place: str) -> bytes:
    """Decrypt a value that one of these keys has sealed, most likely the first. Raises CannotOpen."""
    for key in keys[:-1]:
        try:
            return open_value(key, sealed, *place)
        except CannotOpen:
            continue
    return open_value(keys[-1], sealed, *place)


def encode_associated_data(place: tuple[str, ...]) -> bytes:
    """Encode a place with the length of each part, so that ("ab", "c") and ("a", "bc") differ."""
    return VERSION + encode_place(place)


def encode_place(place: tuple[str, ...]) -> bytes:
    return b"".join([pack_length(len(part)) + part for part in map(str.encode, place)])


@lru_cache(maxsize=512)  # thousands of records of an import have the same fields, sealed for one entry
def encode_fields(names: tuple[str, ...], below: tuple[str, ...]) -> list[bytes]:
    return [encode_place((name, *below)) for name in names]


def create_wrapped_key(keyring: Keyring, owner: str) -> tuple[str, bytes]:
    """Make a new key for one owner; return (id of the wrapping key, wrapped bytes)."""
    return keyring.current, wrap_key(keyring, keyring.current, secrets.token_bytes(KEY_BYTES), owner)


def wrap_key(keyring: Keyring, kid: str, key: bytes, owner: str) -> bytes:
    return Sealer(prepare_wrapping(keyring.wrapping[kid]), "key", owner, kid).seal(key)


def prepare_key(key: Key) -> AESGCM:
    """Prepare a key that is used at once several times: half of what it takes to seal a short value."""
    return AESGCM(key) if isinstance(key, bytes) else key


@lru_cache(maxsize=16)
def prepare_wrapping(key: bytes) -> AESGCM:
    """Prepare a wrapping key, once for the thousands of keys of a batch. Never a customer's own: these are not kept."""
    return AESGCM(key)


def unwrap_key(keyring: Keyring, kid: str, wrapped: bytes, owner: str) -> bytes:
    """Open a wrapped key. Raises KeyMissing if the wrapping key is unknown, CannotOpen if it belongs to another
    owner.
    """
    try:
        wrapping = keyring.wrapping[kid]
    except KeyError:
        raise KeyMissing("unknown wrapping key") from None
    return Sealer(prepare_wrapping(wrapping), "key", owner, kid).unseal(wrapped)


def compute_keyed_hash(keyring: Keyring, use: str, value: str) -> bytes:
    """Return an HMAC-SHA-256 by which a value can be found without storing it; `use` keeps uses from matching each
    other.

    It is chained through every index key, so that nobody who lacks one of them can compute it, and so that what the
    keys before have hashed can be brought up to it without the value. Of its 32 bytes the first one numbers the newest
    key in it, so that of stored hashes the older ones are smaller.
    """
    hashed = compute_first_hash(keyring, use, value)
    return list_later_hashes(keyring, hashed)[-1] if keyring.later_index_keys else hashed


def list_keyed_hashes(keyring: Keyring, use: str, value: str) -> list[bytes]:
    """Return the hashes of a value that may be stored, newest first: with each of the index keys as the last one."""
    return list_later_hashes(keyring, compute_first_hash(keyring, use, value))[::-1]


def is_keyed_hash(keyring: Keyring, use: str, value: str, hashed: bytes | memoryview | None) -> bool:
    """Return True if this is the value's hash, whichever index key was the newest when it was made."""
    made = list_keyed_hashes(keyring, use, value)
    return hashed is not None and any(hmac.compare_digest(bytes(hashed), candidate) for candidate in made)


def compute_first_hash(keyring: Keyring, use: str, value: str) -> bytes:
    hashing = prepare_hash(keyring.index_key, use).copy()
    hashing.update(value.encode())
    return number_hash(1, hashing.finalize())


@lru_cache(maxsize=64)
def prepare_hash(key: bytes, use: str) -> HMAC:
    """Return an HMAC that has read its key and use. To copy it costs a third of beginning anew for each value."""
    hashing = HMAC(key, SHA256())
    hashing.update(f"{use}\0".encode())
    return hashing


def compute_keyed_name(keyring: Keyring, use: str, value: str, beside: UUID) -> UUID:
    """Return a name that stays: by the first index key alone, for what other rows and seals refer to. `beside`: the id
    in whose group it is.
    """
    return put_into_group(compute_first_hash(keyring, use, value)[-16:], beside)


def extend_keyed_hash(keyring: Keyring, hashed: bytes) -> bytes:
    """Bring a stored hash up to the newest index key. Raises ValueError for what is no hash of these keys."""
    if len(hashed) != HASH_BYTES or not 1 <= hashed[0] <= keyring.index_number:
        raise ValueError("no keyed hash of these index keys")
    return list_later_hashes(keyring, hashed)[-1]


def list_later_hashes(keyring: Keyring, hashed: bytes) -> list[bytes]:
    """Return this hash and what each later index key makes of it."""
    hashes, newest = [hashed], max(hashed[0], 1)
    for number, key in enumerate(keyring.later_index_keys[newest - 1 :], start=newest + 1):
        hashes.append(number_hash(number, hmac.digest(key, hashes[-1], "sha256")))
    return hashes


def number_hash(number: int, digest: bytes) -> bytes:
    """Write the number of its newest key over the first byte of a hash: 248 bits are left, and rows tell their age."""
    return bytes([number]) + digest[1:]


# Seal and hash thousands of values at once: what `sealing` makes of each, in half of its time, in loops that do one
# thing.

FIRST = number_hash(1, b"")


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
    places = [encode_associated_data(("key", owner, kid)) for owner in owners]
    return seal_values(repeat(prepare_wrapping(keyring.wrapping[kid])), keys, places)


def compute_keyed_hashes(keyring: Keyring, use: str, values: Iterable[str]) -> list[bytes]:
    """Do what `compute_keyed_hash` does, for each value."""
    hashes = [FIRST + digest[1:] for digest in compute_digests(keyring, use, values)]
    if not keyring.later_index_keys:
        return hashes
    return [list_later_hashes(keyring, hashed)[-1] for hashed in hashes]


def compute_keyed_names(keyring: Keyring, use: str, values: Iterable[str], beside: Iterable[UUID]) -> list[UUID]:
    """Do what `compute_keyed_name` does, for each value."""
    digests = compute_digests(keyring, use, values)
    return [put_into_group(digest[-16:], id) for digest, id in zip(digests, beside, strict=True)]


def compute_digests(keyring: Keyring, use: str, values: Iterable[str]) -> list[bytes]:
    prepared, digests = prepare_hash(keyring.index_key, use), []
    for value in values:
        hashing = prepared.copy()
        hashing.update(value.encode())
        digests.append(hashing.finalize())
    return digests


class HashIndex(models.Index):
    """An index that finds equal values alone, USING hash. Django's own needs all of `django.contrib.postgres`, which
    asks each connection for types that nobody here uses.
    """

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        return super().create_sql(model, schema_editor, using=" USING hash", **kwargs)
