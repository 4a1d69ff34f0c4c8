"""Pages of no room: health checks, help, privacy notice, error pages."""

import sys
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_http_methods, require_safe

from consents.catalogue import selectors as catalogue
from consents.core.admin import REOPENED
from consents.decisions.api.messages import PATH
from consents.law.authorities import Authority
from consents.ops.monitoring.readiness import SERVING, check_readiness
from consents.people import known_browsers
from consents.people.visitors import choose_acting_again
from consents.rights.customers.presenting import Law
from portal.programs import OTHER_HOST, RETRY_SECONDS, get_status, is_for_programs, refuse_program, refuse_request
from portal.request_log import HEADER, read_own_id


@login_not_required
@require_safe
def show_alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def show_readiness(request: HttpRequest) -> HttpResponse:
    """Report the state in a word each (database, role, safeguards, keys, journal …), with status 200 or 503.

    What is late does not make the portal unready: acts are durable, and the worker catches up. Neither does a no that
    did not count in the self-check: customers must still reach their pages. Monitoring reads the word.
    """
    state = check_readiness()
    return JsonResponse(state, status=200 if set(state.values()) <= SERVING else 503)


@login_not_required
@require_safe
def show_words(request: HttpRequest, page: str) -> HttpResponse:
    """Show the help or accessibility page, with the authorities that hear this reader's complaints."""
    return render(request, f"pages/{page}.html", {"authorities": list_authorities(request)})


@login_not_required
@require_safe
def show_privacy(request: HttpRequest) -> HttpResponse:
    """Show the privacy notice (GDPR Art 13, 14). It is public, since it is also the answer to requesters whose identity
    cannot be verified (11 CCR 7024(b))."""
    uses = catalogue.select_in_force().prefetch_related("categories", "recipients")
    context = {"authorities": list_authorities(request), "uses": uses, "kinds": catalogue.select_published_categories()}
    return render(request, "pages/privacy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def show_unsent_form(request: HttpRequest) -> HttpResponse:
    """Show the form that was kept over a sign-in, to go on with. POST: keep one, when a page's script saw the session
    end.
    """
    if request.method == "POST":
        return keep_unsent_form(request) or redirect("unsent_form")
    form = known_browsers.find_unsent_form(request)
    # After signing in one acts for oneself: what was meant for another person would lead nowhere.
    if form:
        choose_acting_again(request, form.get("acting", ""))
    context = {"unsent": form, "reopened": REOPENED, "texts": form and known_browsers.list_texts_to_copy(form)}
    return render(request, "pages/unsent_form.html", context)


def keep_unsent_form(request: HttpRequest) -> HttpResponse | None:
    """Keep the form that was just sent and lead to it; None for one that is not kept."""
    sender = known_browsers.find_sender(request)
    if sender and known_browsers.store_unsent_form(request, known_browsers.read_form(request, sender)):
        return redirect("unsent_form")
    return None


def show_nothing(request: HttpRequest) -> HttpResponse:
    """Stand where a library would have a page of its own that nobody needs here. Raises Http404."""
    raise Http404


def list_authorities(request: HttpRequest) -> tuple[Authority, ...]:
    visitor = getattr(request, "visitor", None)
    law = Law.of(visitor.customer) if visitor else Law.at(settings.PORTAL_COUNTRY)
    return law.authorities


def show_csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form that is not ours or too old, and keep one of ours. Nothing was saved."""
    if is_for_programs(request.path):
        # Whatever takes a program's POST asks it for a token of its own.
        return refuse_program(request.path, 405, "Allowed here: GET, HEAD.", {"Allow": "GET, HEAD"})
    return keep_unsent_form(request) or render(
        request, "403_csrf.html", {"page": find_sending_page(request)}, status=403
    )


def find_sending_page(request: HttpRequest) -> str:
    """Return the page that the form was on, as the browser names it: what a form is sent to need not show anything."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()})
    return page if is_ours else request.path


def show_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse_request(request, 403, "403.html")


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is no such page. Django's own view reads the form that was sent, which may be unreadable."""
    return refuse_request(request, 404, "404.html")


def show_trouble(request: HttpRequest) -> HttpResponse:
    """Answer an unhandled exception with 503 (temporary), 409 (conflict) or 500 (our own mistake)."""
    return render_trouble(request, get_status(sys.exception()))


def show_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a bad request. Django also raises one if the session could not be saved, for whatever cause."""
    if (status := get_status(exception)) != 500:
        return render_trouble(request, status)
    return refuse_request(request, 400, "400.html", OTHER_HOST if isinstance(exception, DisallowedHost) else "")


def render_trouble(request: HttpRequest, status: int) -> HttpResponse:
    # Must not use the database, which may be what is missing.
    if is_for_programs(request.path):
        return refuse_program(request.path, status)
    is_staff_page = request.path.startswith(reverse("admin:index"))
    context = {"sent": request.method not in ("GET", "HEAD"), "is_staff_page": is_staff_page}
    return render(None, f"{status}.html", context, status=status)


@lru_cache(maxsize=256)
def render_plain_trouble(status: int, accept_language: str, sent: bool) -> bytes:
    """Render a page for a request that Django does not get to see, in the first language it accepts that we have."""
    name = "503" if status in (502, 503) else "unread"
    with translation.override(find_language(accept_language)):
        return render_to_string(f"{name}.html", {"sent": sent}).encode()


def find_language(accept_language: str) -> str:
    for code, _quality in parse_accept_lang_header(accept_language):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def build_trouble(environ: dict[str, Any], status: int, start_response: Callable[..., Any]) -> list[bytes]:
    """Answer a request that Django does not get to see: with a page, or for a program with what its protocol has."""
    path, own_id = environ["PATH_INFO"], read_own_id(environ.get("HTTP_X_REQUEST_ID", ""))
    if is_for_programs(path):
        refusal = refuse_program(path, status)
        body, kind = refusal.content, refusal["Content-Type"]
    else:
        is_form = environ["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS", "TRACE")
        body = render_plain_trouble(status, environ.get("HTTP_ACCEPT_LANGUAGE", ""), is_form)
        kind = "text/html; charset=utf-8"
    headers = {
        "Content-Type": kind,
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
        "Connection": "close" if status in (408, 411, 413) else "",
        "Retry-After": str(RETRY_SECONDS.get(status, "")),
        HEADER: own_id if path.startswith(PATH) else "",
    }
    start_response(f"{status} {HTTPStatus(status).phrase}", [(name, value) for name, value in headers.items() if value])
    return [body]
