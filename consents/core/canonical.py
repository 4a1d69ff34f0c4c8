"""Write JSON in its one canonical form (RFC 8785), so that a digest of it means something."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785


def encode_canonical(value: Mapping[str, Any]) -> bytes:
    """Return the RFC 8785 bytes of a JSON object (UTF-8; strings, integers, booleans, None, lists, objects)."""
    return rfc8785.dumps(dict(value))


def compute_digest(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(encode_canonical(value)).hexdigest()
