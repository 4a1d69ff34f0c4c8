"""Envelope encryption: AES-256-GCM under a key of one person, that key wrapped by a key from outside the database.

A sealed value is `version (1 byte) | nonce (12) | ciphertext and tag`. What it belongs to (person, category, field …)
is bound in as associated data: a value moved elsewhere does not open.
"""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consents.core.keys import Keyring

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32


class CannotOpen(Exception):
    """Wrong key, wrong place or changed bytes. Carries no value."""


class KeyMissing(CannotOpen):
    """The wrapping key is not there: nothing is wrong with the value, and nobody can read it until the key is back."""


def seal(key: bytes, value: bytes, *place: str) -> bytes:
    """Encrypt `value` so that it opens only with this key and at this place."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, value, associated(place))


class Sealer:
    """Seals and unseals many values under one key, all below one place: `Sealer(key, "a").seal(value, "b")` is for
    ("a", "b")."""

    def __init__(self, key: bytes, *place: str) -> None:
        self.cipher = AESGCM(key)
        self.above = associated(place)

    def seal(self, value: bytes, *below: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return VERSION + nonce + self.cipher.encrypt(nonce, value, self.above + spelled(below))

    def unseal(self, sealed: bytes, *below: str) -> bytes:
        """Raises CannotOpen unless key, place and bytes are exactly those of `seal`."""
        if sealed[:1] != VERSION:
            raise CannotOpen("unknown version")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self.cipher.decrypt(nonce, body, self.above + spelled(below))
        except (InvalidTag, ValueError):
            raise CannotOpen("does not open here") from None


def unseal(key: bytes, sealed: bytes, *place: str) -> bytes:
    """Raises CannotOpen unless key, place and bytes are exactly those of `seal`."""
    return Sealer(key, *place).unseal(sealed)


def associated(place: tuple[str, ...]) -> bytes:
    """Length-prefixed, so that ("ab", "c") and ("a", "bc") differ."""
    return VERSION + spelled(place)


def spelled(place: tuple[str, ...]) -> bytes:
    return b"".join([len(part).to_bytes(4, "big") + part for part in [name.encode() for name in place]])


def new_key(keyring: Keyring, owner: str) -> tuple[str, bytes]:
    """A fresh key for one owner: (id of the wrapping key, wrapped bytes)."""
    return keyring.current, wrap(keyring, keyring.current, secrets.token_bytes(KEY_BYTES), owner)


def wrap(keyring: Keyring, kid: str, key: bytes, owner: str) -> bytes:
    return seal(keyring.wrapping[kid], key, "key", owner, kid)


def unwrap(keyring: Keyring, kid: str, wrapped: bytes, owner: str) -> bytes:
    """Raises KeyMissing when the wrapping key is unknown, CannotOpen when the wrapped key belongs to another owner."""
    try:
        wrapping = keyring.wrapping[kid]
    except KeyError:
        raise KeyMissing("unknown wrapping key") from None
    return unseal(wrapping, wrapped, "key", owner, kid)


def keyed_hash(keyring: Keyring, use: str, value: str) -> bytes:
    """HMAC-SHA-256 to find a value by equality without storing it; `use` keeps one use from matching another."""
    return hmac.new(keyring.index_key, f"{use}\0{value}".encode(), hashlib.sha256).digest()
