"""Tell the addresses at which programs ask from pages for people, and refuse a program in its own protocol.

To a program a page is an error of its own: each layer that refuses asks here first.
"""

from collections.abc import Iterator, Mapping

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from psycopg import errors

from consents.core.bearer_tokens import build_problem
from consents.core.sealing import KeyMissing
from consents.ops.embedded import CannotStart
from consents.people.services.holding import AlreadyErased

DECISIONS, DIRECTORY = "/access/", "/scim/"
BELOW = (DECISIONS, DIRECTORY, "/api/", "/.well-known/")
CHECKS = {"/healthz", "/readyz"}
# Where a password manager leads a person.
FOR_PEOPLE = {"/.well-known/change-password"}
NO_SUCH_ADDRESS = {
    DECISIONS: "There is no such address, or PORTAL_SYSTEMS names no system.",
    DIRECTORY: "There is no such address, or PORTAL_PROVISIONING_TOKENS names no token.",
}
DETAILS = {
    400: "The request cannot be read, or did not arrive whole.",
    403: "This request is refused.",
    404: "There is no such address.",
    408: "The request did not arrive in time.",
    409: "Another request was in the way. Send it again.",
    411: "Send the request with its length (Content-Length), not in chunks.",
    413: "The request is too large. Send several smaller ones.",
}
LANGUAGE = "en"  # of all that is said to programs, whatever they accept
UNANSWERED = "The portal could not answer. Ask again later."
ODD_ADDRESS = "The address has a character that no address of ours has, or too many parameters."
OTHER_HOST = "The portal does not answer for this host: PORTAL_HOSTS does not name it."
IN_CLEAR = "Speak HTTPS. A token that was sent in clear may be known to others: make a new one."
ERROR_OF_DIRECTORY = "urn:ietf:params:scim:api:messages:2.0:Error"


def is_for_programs(path: str) -> bool:
    return path in CHECKS or (path.startswith(BELOW) and path not in FOR_PEOPLE)


def is_sent_in_clear(request: HttpRequest) -> bool:
    """Return True for a token sent without TLS where that is asked for: a redirect would let it pass unnoticed."""
    has_token = request.path.startswith((DECISIONS, DIRECTORY))
    return settings.SECURE_SSL_REDIRECT and has_token and not request.is_secure()


def refuse_request(request: HttpRequest, status: int, template: str, detail: str = "", **context: str) -> HttpResponse:
    """Refuse a person with this page, and a program in its protocol (`detail`: as `refuse_program` has it)."""
    if is_for_programs(request.path):
        return refuse_program(request.path, status, detail)
    return render(request, template, context, status=status)


def refuse_program(path: str, status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> JsonResponse:
    """Refuse what was asked at this address: by problem details, or by the error of SCIM (RFC 7644, 3.12)."""
    detail = detail or find_detail(path, status)
    if not path.startswith(DIRECTORY):
        return build_problem(status, detail, headers)
    content = {"schemas": [ERROR_OF_DIRECTORY], "status": str(status), "detail": detail}
    return JsonResponse(content, status=status, headers=headers, content_type="application/scim+json")


def find_detail(path: str, status: int) -> str:
    if status == 404:
        return next((detail for top, detail in NO_SUCH_ADDRESS.items() if path.startswith(top)), DETAILS[404])
    return DETAILS.get(status, UNANSWERED)


# Lost, refused or exhausted connections, time-outs, a full disk, unreachable keys.
TEMPORARY = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    CannotStart,
    KeyMissing,
)
# Two acts at the same moment, of which the database let one through.
CONFLICTS = (
    errors.UniqueViolation,
    errors.ExclusionViolation,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.RestrictViolation,
    AlreadyErased,
)
RETRY_SECONDS = {429: 300, 502: 5, 503: 5}


def get_status(trouble: BaseException | None) -> int:
    """Return 503 for a temporary failure, 409 for a conflict of two acts, 500 for our own mistake."""
    chain = list(list_causes(trouble))
    if any(isinstance(error, CONFLICTS) for error in chain):
        return 409
    return 503 if any(isinstance(error, TEMPORARY) for error in chain) else 500


def list_causes(trouble: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and its causes, as a traceback shows them: Django and the queue wrap database errors."""
    seen: set[int] = set()
    while trouble is not None and id(trouble) not in seen:  # such a chain can be circular
        seen.add(id(trouble))
        yield trouble
        trouble = trouble.__cause__ or (None if trouble.__suppress_context__ else trouble.__context__)
