"""Canonical JSON (RFC 8785): the one spelling of a value, so that a digest of it means something."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785


def canonical(value: Mapping[str, Any]) -> bytes:
    """The RFC 8785 bytes of a JSON object (UTF-8; strings, integers, booleans, None, lists, objects)."""
    return rfc8785.dumps(dict(value))


def digest(value: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical bytes, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()
