"""Keep what was typed into a form whose session had ended before it was sent, until its sender has signed in again.

It lies in the browser's new session, sealed like all of it, and only the same person gets it back. What is typed to
sign in, in the pages below /accounts/, is never kept.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.core.admin import REOPENED
from consents.core.clock import DatabaseNow
from consents.core.refusals import Refusal
from consents.people.models import Evidence, Submission, User
from consents.people.rules import normalize_address
from consents.people.selectors import list_actings

# Recognize a browser in which someone has signed in before, by a signed cookie that outlives the session.
#
# Outsiders can use up what one address may do: places, sign-in attempts, codes. A known browser is not counted with
# them. The cookie opens nothing: whoever has it still signs in.

SALT = "consents.people.known_browser"
LIFETIME = 180 * 24 * 3600
RENEW_AFTER = 30 * 24 * 3600
MOST_USERS = 4  # of a family's computer
# In the thread that serves the request: whether it comes from a known browser.
IS_KNOWN: ContextVar[bool] = ContextVar("is_known", default=False)


def sign_known_users(users: list[UUID]) -> str:
    return signing.TimestampSigner(salt=SALT).sign(".".join(user.hex for user in users[:MOST_USERS]))


def read_known_users(cookie: str, max_age: int = LIFETIME) -> list[UUID]:
    """Return who has signed in in this browser, the latest first; nobody if the cookie is not ours or too old."""
    if not cookie or len(cookie) > 400:
        return []
    users, signed_at = verify_cookie(cookie, str(settings.SECRET_KEY), *settings.SECRET_KEY_FALLBACKS)
    return list(users) if time.time() - signed_at <= max_age else []


@lru_cache(maxsize=1024)
def verify_cookie(cookie: str, *secrets: str) -> tuple[tuple[UUID, ...], int]:
    """Return whom a cookie names that was signed with one of these secrets, and when; nobody for any other.

    One page asks four times, and a browser sends the same cookie for a month.
    """
    signer = signing.Signer(key=secrets[0], fallback_keys=[*secrets[1:]], salt=SALT)
    try:
        said, _, moment = signer.unsign(cookie).rpartition(signer.sep)
        return tuple(UUID(user) for user in said.split(".")), signing.b62_decode(moment)
    except (signing.BadSignature, ValueError):
        return (), 0


def list_known_users(request: HttpRequest) -> list[UUID]:
    return read_known_users(request.COOKIES.get(settings.KNOWN_COOKIE_NAME, ""))


def is_known_to(request: HttpRequest, address: str) -> bool:
    """Return whether whoever has this address has signed in in this browser before."""
    known = list_known_users(request)
    return bool(known) and User.objects.filter(pk__in=known, email=normalize_address(address)).exists()


class KnownBrowserMiddleware:
    """Runs after authentication: sets the cookie once a user is signed in, and IS_KNOWN for this request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(settings.KNOWN_COOKIE_NAME, "")
        known = read_known_users(cookie)
        token = IS_KNOWN.set(bool(known))
        try:
            response = self.get_response(request)
        finally:
            IS_KNOWN.reset(token)
        user = request.user.pk if request.user.is_authenticated else None
        if user is not None and (known[:1] != [user] or not read_known_users(cookie, RENEW_AFTER)):
            remember_user(response, [user, *(earlier for earlier in known if earlier != user)])
        return response


def remember_user(response: HttpResponse, users: list[UUID]) -> None:
    response.set_cookie(
        settings.KNOWN_COOKIE_NAME,
        sign_known_users(users),
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


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


# Count a form once, however often it is sent: a double click, a reload, a retry after a lost answer.
#
# Every form of ours that changes something carries a token of its own (`components/once.html`); its act runs inside
# `submit_once`, in one transaction with the row that remembers it.

# Longer than any session: a form whose submission is forgotten is refused for its sign-in (the CSRF token is of it).
RETENTION = timedelta(days=1)
USE = "submission"  # of the keyed hash of a form's fields
# Plain SQL: each form that is sent asks and writes it, and building the queries took longer than answering them.
BEGIN_SUBMISSION = """
SELECT content, made FROM portal.begin_submission(%s::uuid, %s::uuid, %s::uuid, %s::text, %s::text, %s::text)
"""
INSERT_SUBMISSION = "INSERT INTO people_submission (user_id, token, content, made) VALUES (%s, %s, %s, %s)"


class ConflictingSubmission(Refusal):
    sentence = _(
        "You already sent this page with different answers, and those count. Nothing else was changed. Reload the page."
    )


@transaction.atomic
def submit_once(
    *, user: UUID, token: UUID, content: str, act: Callable[[], object], evidence: Evidence | None = None
) -> str:
    """Do the act, unless this user's token was used before; return the id of what it made, the same every time.

    `evidence`: where the form came from, kept with it, once. A refusal of the act is raised and leaves the token
    unused. Raises ConflictingSubmission if the token came with other content. The token is locked before anything else,
    so that of two submissions at once the second waits and then repeats.
    """
    earlier = find_submission(user=user, token=token, content=content, evidence=evidence)
    if earlier is not None:
        return earlier
    made_id = str(getattr(act(), "pk", ""))
    hashed = sealing.compute_keyed_hash(settings.KEYRING, USE, content)
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SUBMISSION, [user, token, hashed, made_id])
    return made_id


def find_submission(*, user: UUID, token: UUID, content: str, evidence: Evidence | None = None) -> str | None:
    """Find what the submission with this token made; until the caller's transaction ends there will be no other.

    `evidence` is kept if there was none. Raises ConflictingSubmission.
    """
    origin = [evidence.pk, evidence.network, evidence.browser, evidence.language] if evidence else [None, "", "", ""]
    with connection.cursor() as cursor:
        cursor.execute(BEGIN_SUBMISSION, [user, token, *origin])
        earlier = cursor.fetchone()
    if earlier is None:
        return None
    hashed, made = earlier
    if not sealing.is_keyed_hash(settings.KEYRING, USE, content, hashed):
        raise ConflictingSubmission
    return str(made)


def delete_old_submissions() -> None:
    """Delete submissions that no form can repeat now."""
    Submission.objects.filter(sent_at__lt=DatabaseNow() - RETENTION).delete()
