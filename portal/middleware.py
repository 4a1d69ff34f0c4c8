"""Every answer: never cached, and an expected refusal or odd input is a calm page, never a 5xx. Who is turned away
reads when to come back."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_cache_control

from consents.core.refusals import Refusal
from portal.troubles import RETRY_SECONDS


@receiver(user_logged_out)
def remember_signing_out(request: HttpRequest, **_: Any) -> None:
    request.signed_out = True  # type: ignore[attr-defined]


class CalmMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if has_odd_bytes(request):
            return render(request, "400.html", status=400)
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            patch_cache_control(response, no_store=True)
        if response.status_code in RETRY_SECONDS:
            response.setdefault("Retry-After", str(RETRY_SECONDS[response.status_code]))
        if getattr(request, "signed_out", False):
            # Back, history and restored tabs show nothing after signing out.
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal that no view spoke of itself."""
        if not isinstance(exception, Refusal):
            return None
        template = "404.html" if exception.status == 404 else "refused.html"
        return render(request, template, {"sentence": str(exception)}, status=exception.status)


def has_odd_bytes(request: HttpRequest) -> bool:
    """A NUL byte or broken UTF-8 in the address: PostgreSQL stores neither."""
    try:
        address = (request.META.get("PATH_INFO", "") + request.META.get("QUERY_STRING", "")).encode(
            "latin-1", "replace"
        )
        return b"\0" in address or b"%00" in address
    except UnicodeError:
        return True
