"""Keep what was typed into a form whose session had ended before it was sent, until its sender has signed in again.

It lies in the browser's new session, sealed like all of it, and only the same person gets it back. What is typed to
sign in, in the pages below /accounts/, is never kept.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from consents.core.admin import REOPENED
from consents.people.known_browsers import list_known_users
from consents.people.models import User
from consents.people.selectors import list_actings

SESSION_KEY = "unsent_form"
# Characters of all fields together: more than any page of ours can be filled with.
LONGEST = 200_000
# What says that somebody has seen what will happen is not kept: they are asked again.
NEVER_KEPT = {"csrfmiddlewaretoken", REOPENED, "confirm", "is_read", "file"}


class TokenCheck(CsrfViewMiddleware):
    """Django's check of a form's token, without the page of a refusal."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(status=403)


def get_address(request: HttpRequest) -> str:
    """Return the address that a form belongs to: its own, or the one it names when a page sends it to be kept."""
    return request.GET.get("of") or request.get_full_path()


def find_view(address: str) -> Callable[..., HttpResponse] | None:
    try:
        return resolve(urlsplit(address).path).func
    except (Resolver404, ValueError):
        return None


def find_sender(request: HttpRequest) -> User | None:
    """Return who finds this form again after signing in; None for one that is not kept.

    A page that was open before they signed in anew, in another tab, sends a token that is too old: then the browser's
    word that it is ours is enough to keep the form, where the page says for whom it was shown.
    """
    is_of_sign_in = get_address(request).startswith(reverse("account_login").rpartition("login")[0])
    if request.method != "POST" or is_of_sign_in or is_sent_by_script(request):
        return None
    has_token = TokenCheck(lambda _: HttpResponse()).process_view(request, HttpResponse, (), {}) is None
    if not has_token and request.headers.get("Sec-Fetch-Site") != "same-origin":
        return None
    user = choose_sender(request)
    return user if user and (has_token or user.is_staff or "shown_for" in request.POST) else None


def choose_sender(request: HttpRequest) -> User | None:
    """Return whose form this is: of staff any, of customers `as_kept`.

    Where nobody is signed in any more: of those who have signed in in this browser the one to whom its page was shown.
    """
    view, shown_for = find_view(get_address(request)), request.POST.get("shown_for")
    users = [request.user] if isinstance(request.user, User) else []
    if not users and (shown_for or getattr(view, "login_required", True)):
        known = list_known_users(request)
        users = sorted(User.objects.filter(pk__in=known, is_active=True), key=lambda user: known.index(user.pk))
    is_of_customer = getattr(view, "is_form_kept", False)
    for user in users:
        if user.is_staff and not is_of_customer and not shown_for:
            return user
        if not user.is_staff and is_of_customer and shown_for in {None, *(str(part.pk) for part in list_actings(user))}:
            return user
    return None


def is_press_of_customer(request: HttpRequest) -> bool:
    """Return True for a form of a page that opens signed in alone, and is none of the staff site."""
    view = find_view(get_address(request))
    is_of_staff = request.path.startswith(reverse("admin:index"))
    is_open_to_all = view is None or not getattr(view, "login_required", True)
    return not is_of_staff and not is_open_to_all and not is_sent_by_script(request)


def is_sent_by_script(request: HttpRequest) -> bool:
    """Return True for what a script of a page fetches or saves by itself, not a person opens or sends."""
    return request.headers.get("Sec-Fetch-Dest") == "empty" or "HX-Request" in request.headers


def read_form(request: HttpRequest, user: User) -> dict[str, Any]:
    fields = [(name, request.POST.getlist(name)) for name in request.POST if name not in NEVER_KEPT]
    acting = request.POST.get("shown_for", "")
    return {"user": str(user.pk), "acting": acting, "address": get_address(request), "fields": fields}


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


def list_texts_to_copy(form: dict[str, Any]) -> list[str] | None:
    """List what its sender wrote into a form whose page cannot show it again; None where it can."""
    view = find_view(form["address"])
    if getattr(view, "is_form_kept", False) or getattr(view, "shows_again", False):
        return None
    return [text for _name, texts in form["fields"] for text in texts if " " in text.strip()]
