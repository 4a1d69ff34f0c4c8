"""Encode what the vault stores, as `json.dumps` does and in a third of its time. Pure."""

import json
from binascii import b2a_base64
from collections.abc import Iterable
from functools import lru_cache


def encode_sealed_object(values: Iterable[bytes]) -> bytes:
    """Return the JSON of values that `encode_sealed_value` has encoded."""
    joined = b'",'.join(values)
    return b'{%s"}' % joined if joined else b"{}"


def encode_sealed_value(begun: bytes, sealed: bytes) -> bytes:
    """Return name and value, as `encode_sealed_text` has it: there is nothing in it to escape. The last quote is left
    to the object.
    """
    return begun + b2a_base64(sealed, newline=False)


@lru_cache(maxsize=512)  # thousands of records of an import have the same fields, and one entry
def begin_sealed_values(names: tuple[str, ...], entry: str) -> list[bytes]:
    """Return the JSON of each name, and what its value begins with."""
    return [f'{encode_field_name(name)}:"{entry}:'.encode() for name in names]


@lru_cache(maxsize=512)
def encode_field_name(name: str) -> str:
    return json.dumps(name)


def encode_sealed_text(sealed: bytes, entry: str) -> str:
    """Return `entry:base64`. Being bound to its entry, the value is of no use to a later write."""
    return f"{entry}:{b2a_base64(sealed, newline=False).decode()}"
