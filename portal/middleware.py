"""Keep every response out of caches, and answer refusals and malformed input with a page instead of a server error."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_cache_control

from consents.core.refusals import Refusal
from consents.people.visitors import PortalRequest
from portal.programs import (
    IN_CLEAR,
    LANGUAGE,
    ODD_ADDRESS,
    RETRY_SECONDS,
    is_for_programs,
    is_sent_in_clear,
    refuse_program,
    refuse_request,
)


@receiver(user_logged_out)
def remember_signing_out(request: PortalRequest, **_: Any) -> None:
    request.signed_out = True


class CalmMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = refuse_unread(request) or self.get_response(request)
        if request.headers.get("HX-Request") and leads_to_sign_in(response):
            response = HttpResponse(status=401)  # the page stands, with what was typed; its script says what to do
        if response.status_code == 405 and not response.content:
            response = refuse_method(request, response["Allow"])
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            patch_cache_control(response, no_store=True)
        if is_for_programs(request.path):
            response.setdefault("Content-Language", LANGUAGE)
        if response.status_code in RETRY_SECONDS:
            response.setdefault("Retry-After", str(RETRY_SECONDS[response.status_code]))
        if getattr(request, "signed_out", False):
            # Back, history and restored tabs show nothing after signing out.
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Render a refusal that no view handled."""
        if not isinstance(exception, Refusal):
            return None
        template, sentence = "404.html" if exception.status == 404 else "refused.html", str(exception)
        return refuse_request(request, exception.status, template, sentence, sentence=sentence)


class BegunStreamMiddleware:
    """Make the first piece of a streamed response before its status is sent: until then a failure is answered like that
    of any other page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and request.method != "HEAD":
            pieces: Iterator[bytes] = iter(response)
            response.streaming_content = chain([next(pieces, b"")], pieces)
        return response


def refuse_unread(request: HttpRequest) -> HttpResponse | None:
    """Refuse what nothing behind this may read; None for all else."""
    if is_sent_in_clear(request):
        return refuse_program(request.path, 403, IN_CLEAR)
    is_odd = has_nul(request) or has_too_many_parameters(request)
    return refuse_request(request, 400, "400.html", ODD_ADDRESS) if is_odd else None


def refuse_method(request: HttpRequest, allowed: str) -> HttpResponse:
    response = refuse_request(request, 405, "405.html", f"Allowed here: {allowed}.")
    response["Allow"] = allowed
    return response


PROOF_BY_FACTOR = ("mfa_reauthenticate", "mfa_reauthenticate_webauthn")


def leads_to_sign_in(response: HttpResponse) -> bool:
    pages = ("account_login", "admin:login", "account_reauthenticate", *PROOF_BY_FACTOR)
    return response.status_code == 302 and response["Location"].startswith(tuple(reverse(page) for page in pages))


def has_too_many_parameters(request: HttpRequest) -> bool:
    """Return whether Django would refuse to read the query, which the page that says so reads as well."""
    query: str = request.META.get("QUERY_STRING", "")
    return query.count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def has_nul(request: HttpRequest) -> bool:
    """Return whether the address has a NUL byte, which PostgreSQL cannot store."""
    address: str = request.META.get("PATH_INFO", "") + request.META.get("QUERY_STRING", "")
    return "\0" in address or "%00" in address
