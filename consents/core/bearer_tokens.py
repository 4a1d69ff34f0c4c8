"""Make bearer tokens (RFC 6750) for the programs that speak to the portal, and know them again by their hash alone."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.cache import cache
from django.http import JsonResponse
from django.utils.crypto import constant_time_compare


def make_token() -> tuple[str, str]:
    """Return a new token of 256 random bits, and what goes into the settings."""
    token = secrets.token_urlsafe(32)
    return token, hash_token(token)


def hash_token(token: str) -> str:
    # What a header holds besides UTF-8 is no token, and no error either.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def is_token(header: str, hashes: Iterable[str]) -> bool:
    """Return True for an `Authorization` header with a token of one of these hashes."""
    scheme, _, token = header.partition(" ")
    # Each is compared, so that time tells nothing of which of them matches.
    matches = [constant_time_compare(hash_token(token), known) for known in hashes]
    return scheme.lower() == "bearer" and any(matches)


def take_slot(name: str, *, most: int, seconds: int) -> bool:
    """Return True for each of the first `most` uses within `seconds`, counted exactly however many come at once."""
    return any(cache.add(f"{name}-{number}", 1, seconds) for number in range(most))


KIND = "application/problem+json"


def build_problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JsonResponse:
    """Build the refusal; `detail`: one English sentence that says what to do."""
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "detail": detail}
    return JsonResponse(problem | more, status=status, headers=headers, content_type=KIND)
