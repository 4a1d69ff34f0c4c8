"""Make tokens of the directory, and know them again by their hash alone.

Two may count at once, so that a directory can be given the new one before the old one goes.
"""

import hashlib
import secrets

from django.conf import settings
from django.utils.crypto import constant_time_compare


def make_token() -> tuple[str, str]:
    """Return a new token of 256 random bits, and what goes into the settings."""
    token = secrets.token_urlsafe(32)
    return token, hash_token(token)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(header: str) -> bool:
    """Return True for an `Authorization` header with a token that counts."""
    scheme, _, token = header.partition(" ")
    matches = [constant_time_compare(hash_token(token), known) for known in settings.PORTAL_PROVISIONING_TOKENS]
    return scheme.lower() == "bearer" and any(matches)
