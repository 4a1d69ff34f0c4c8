"""Refuse a program with a status and the details of the problem (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import JsonResponse

KIND = "application/problem+json"


def build_problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JsonResponse:
    """Build the refusal; `detail`: one English sentence that says what to do."""
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "detail": detail}
    return JsonResponse(problem | more, status=status, headers=headers, content_type=KIND)
