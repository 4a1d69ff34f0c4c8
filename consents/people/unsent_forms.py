"""Keep what was typed into a form whose session had ended before it was sent, until its sender has signed in again.

It lies in the browser's new session, sealed like all of it, and only the same person gets it back. What is typed to
sign in, in the pages below /accounts/, is never kept.
"""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from consents.core.admin import REOPENED

SESSION_KEY = "unsent_form"
# Characters of all fields together: more than any page of ours can be filled with.
LONGEST = 200_000
# What says that somebody has seen what will happen is not kept: they are asked again.
NEVER_KEPT = {"csrfmiddlewaretoken", REOPENED, "confirm", "is_read", "file"}


def is_form_sent(request: HttpRequest) -> bool:
    """Return True for a form of ours that may be kept; one that another site sent is none."""
    is_kept = request.method == "POST" and not request.path.startswith(reverse("account_login").rpartition("login")[0])
    return is_kept and CsrfViewMiddleware(lambda _: None).process_view(request, None, (), {}) is None  # type: ignore[arg-type]


def read_form(request: HttpRequest) -> dict[str, Any]:
    """Return the form with the address it belongs to: its own, or the one it names when a page sends it here by
    itself.
    """
    address = request.GET.get("of") or request.get_full_path()
    fields = [(name, request.POST.getlist(name)) for name in request.POST if name not in NEVER_KEPT]
    return {"user": str(request.user.pk), "address": address, "fields": fields}


def store_unsent_form(request: HttpRequest, form: dict[str, Any]) -> bool:
    """Keep the form in the session as it is now, in place of an earlier one; False where it is too long or leads to
    another site.
    """
    is_ours = url_has_allowed_host_and_scheme(form["address"], allowed_hosts=None)
    if not is_ours or len(urlencode(form["fields"], doseq=True)) > LONGEST:
        return False
    request.session[SESSION_KEY] = form
    return True


def find_unsent_form(request: HttpRequest) -> dict[str, Any] | None:
    """Return the kept form of this person; another's is forgotten."""
    form: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if form is not None and form["user"] != str(request.user.pk):
        del request.session[SESSION_KEY]
        return None
    return form
