"""Keep sessions so that reading the database opens none: keys are stored hashed, contents sealed.

The browser holds a random token; everything else, the database and the list of sessions included, knows only its hash.
"""

import base64
import hashlib
import hmac
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.contrib.sessions.serializers import JSONSerializer
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from consents.core.keys import read_secret_key
from consents.core.sealing import CannotOpen, open_value, seal_value
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.ledger.selectors import timelines
from consents.ledger.services import appending
from consents.people.models import Acting, User
from consents.people.selectors import hash_address
from consents.people.visitors import is_over, record_actor

TOKEN_LENGTH = 32
KEY_LENGTH = 40  # of Django's column and of allauth's: 160 bits of the hash


def hash_token(token: str) -> str:
    """Return the key under which the session of this token is stored."""
    return hashlib.sha256(b"session\0" + token.encode()).hexdigest()[:KEY_LENGTH]


def draw_token() -> str:
    return get_random_string(TOKEN_LENGTH, VALID_KEY_CHARS)


def derive_sealing_key(secret: str) -> bytes:
    return hmac.new(secret.encode(), b"consents.sessions", hashlib.sha256).digest()


class SessionKey(str):
    """The key under which a session is stored: the hash of the token that opens it. allauth opens a session again by
    its key, which therefore carries the token where that is known."""

    token = ""

    @classmethod
    def of(cls, token: str) -> Self:
        key = cls(hash_token(token))
        key.token = token
        return key


class SessionStore(db.SessionStore):
    """A session in the database, by its SessionKey."""

    @classmethod
    def from_token(cls, token: str | None) -> Self:
        """Return the session that a browser's cookie names."""
        return cls(SessionKey.of(token) if token else None)

    @property
    def token(self) -> str:
        return getattr(self.session_key, "token", "")

    def _get_new_session_key(self) -> SessionKey:
        return SessionKey.of(draw_token())

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Seal the content for this session alone: copied into another's row it does not open."""
        key = derive_sealing_key(settings.SECRET_KEY)
        plain = JSONSerializer().dumps(session_dict)
        return base64.b64encode(seal_value(key, plain, "session", self.session_key or "")).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Open the content, also under an older SECRET_KEY, or one that was made since this process started; empty
        where it does not open: the visitor signs in again.
        """
        content = self.open_content(session_data)
        if content is None and adopt_newer_secret():
            content = self.open_content(session_data)
        return content or {}

    def open_content(self, session_data: bytes | str) -> dict[str, Any] | None:
        for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
            try:
                sealed = base64.b64decode(session_data, validate=True)
                plain = open_value(derive_sealing_key(secret), sealed, "session", self.session_key or "")
            except (CannotOpen, ValueError):
                continue
            content: dict[str, Any] = JSONSerializer().loads(plain)
            return content
        return None


def adopt_newer_secret() -> bool:
    """Take up a SECRET_KEY that was made since this process started, as its next start would; return whether there is
    one. Of machines that are restarted one after the other, those still to come read what the others seal.
    """
    known = [str(settings.SECRET_KEY), *settings.SECRET_KEY_FALLBACKS]
    newer = read_secret_key(settings.PORTAL_KEYS)
    if newer in ("", *known):
        return False
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = newer, known
    return True


def decode_session(row: AbstractBaseSession) -> dict[str, Any]:
    """Open the content of a stored session."""
    return SessionStore(row.session_key).decode(row.session_data)


class Backend(AuthenticationBackend):
    """allauth's, which reads the membership of staff together with the user: every page asks for both."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("staff_member").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's own, except that the cookie carries the token and not the stored key, and is deleted by the request
    alone that ended its session.
    """

    def process_request(self, request: HttpRequest) -> None:
        token = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = SessionStore.from_token(token)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answered: HttpResponse = super().process_response(request, response)
        cookie = answered.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and cookie.value:
            token = request.session.token  # type: ignore[attr-defined]
            cookie.set(settings.SESSION_COOKIE_NAME, token, token)
        elif cookie is not None and not request.session.modified:
            # Another tab may just have signed in or proved again: what asked under the old token meanwhile must not
            # take the new one away.
            del answered.cookies[settings.SESSION_COOKIE_NAME]
        return answered


class SessionRenewalMiddleware:
    """Give a session a new id whenever its user has proved again who they are (ASVS 7.2.4), as signing in does.

    Runs inside the session's middleware, which sends the new id to the browser.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        proofs = list(request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])) if key else []
        response = self.get_response(request)
        is_same = bool(key) and request.session.session_key == key and not request.session.is_empty()
        if is_same and request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []) != proofs:
            request.session.cycle_key()
            UserSession.objects.filter(session_key=key).update(session_key=request.session.session_key)
        return response


class EarlyAuthenticationMiddleware(AuthenticationMiddleware):
    """Django's own, except that the user is looked up at once: every page needs it, some thirty times."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)  # what remains for the page of an error, if the database is lost
        request.user = get_user(request)


logger = logging.getLogger(__name__)
MARK_LENGTH = 12  # letters of a hash: enough to tell addresses apart in a log


def follow_sign_ins() -> None:
    """Connect what follows to allauth's signals and Django's."""
    account.authentication_step_completed.connect(log_step)
    account.user_logged_in.connect(log_sign_in)
    user_login_failed.connect(log_wrong_password)
    user_logged_out.connect(log_sign_out)
    for rejected in (account.login_code_rejected, account.password_reset_code_rejected, mfa.authentication_failed):
        rejected.connect(log_wrong_code)


def log_step(user: User, method: str, **about: Any) -> None:
    """Log one way of several: of a second factor which one."""
    logger.info("account %s proved by %s", user.pk, about.get("type", method))


def log_sign_in(user: User, **_: Any) -> None:
    logger.info("account %s signed in", user.pk)


def log_wrong_password(credentials: dict[str, Any], **_: Any) -> None:
    typed = credentials.get("email") or credentials.get("username") or ""
    logger.warning("a sign-in to address %s failed", hash_address(typed).hex()[-MARK_LENGTH:])


def log_wrong_code(user: User, **_: Any) -> None:
    logger.warning("account %s was given a wrong code", user.pk)


def log_sign_out(user: User | None, **_: Any) -> None:
    if user:
        logger.info("account %s signed out", user.pk)


# Put on record what changes how somebody signs in: which way, and never a secret. Its owner is told by email.
#
# A password changes together with its entry. Of passkeys, apps and codes allauth tells once they are stored, and the
# entry follows.

CHANGES = ("account.password_changed", "account.factor_added", "account.factor_removed", "session.ended")
MOST_SHOWN = 20


def follow_factors() -> None:
    """Connect what follows to allauth's signals."""
    for added in (mfa.authenticator_added, mfa.authenticator_reset):
        added.connect(record_new_factor)
    mfa.authenticator_removed.connect(record_removed_factor)


def record_new_factor(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    append_sign_in_entry(
        event="account.factor_added", user=user, by=get_owner(request, user), outcome=authenticator.type
    )


def record_removed_factor(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    append_sign_in_entry(
        event="account.factor_removed", user=user, by=get_owner(request, user), outcome=authenticator.type
    )


def record_new_password(request: HttpRequest, user: User) -> None:
    append_sign_in_entry(event="account.password_changed", user=user, by=get_owner(request, user))


def get_owner(request: HttpRequest, user: User) -> Actor:
    """Return the owner of the sign-in as who acts: they have proved it, if only by a mailed code."""
    return replace(record_actor(request), kind="staff" if user.is_staff else "customer", id=str(user.pk))


@transaction.atomic
def append_sign_in_entry(*, event: str, user: User, by: Actor, outcome: str = "") -> None:
    """Append the entry to the history of the person's own record; to the company's where they have none."""
    appending.lock_people(user.pk)
    own = Acting.objects.filter(user=user, capacity="self", ends_at=None).values_list("customer", flat=True).first()
    appending.append_entry(event=event, by=by, customer=own, object_type="user", object=user.pk, outcome=outcome)


def list_sign_in_changes(user: User) -> list[Entry]:
    """List the newest changes of how this account signs in and where, newest first."""
    return list(timelines.list_entries(user.pk).filter(event__in=CHANGES).order_by("-id")[:MOST_SHOWN])


# List where an account is signed in, and sign out there.

# The first that matches wins: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
BROWSERS = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
]
# Android calls itself Linux, and iOS calls itself Mac OS X.
SYSTEMS = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
]


@dataclass(frozen=True)
class Device:
    """A browser in which the account is signed in."""

    id: int
    user_agent: str
    signed_in_at: datetime
    used_at: datetime
    is_here: bool


def list_devices(user: User, here: str) -> list[Device]:
    """List where the account is signed in, the session `here` first, then by last use; in two queries.

    Sessions that time has ended are left out, although their rows are only deleted later.
    """
    known = {session.session_key: session for session in UserSession.objects.filter(user=user)}
    stored = [(session.session_key, decode_session(session)) for session in Session.objects.filter(pk__in=list(known))]
    devices = [
        describe_device(known[key], content, here)
        for key, content in stored
        if content and not is_over(content, is_staff=user.is_staff)
    ]
    return sorted(devices, key=lambda device: (not device.is_here, -device.used_at.timestamp()))


def describe_device(session: UserSession, content: dict[str, Any], here: str) -> Device:
    touched = content.get("touched")
    return Device(
        id=session.pk,
        user_agent=session.user_agent,
        signed_in_at=session.created_at,
        used_at=datetime.fromtimestamp(touched, UTC) if touched else session.created_at,
        is_here=session.session_key == here,
    )


def browser_and_system(user_agent: str) -> str:
    """Name the browser, and the system where it is known: “Firefox on Windows”."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), _("Another browser"))
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser


def end_sessions(sessions: QuerySet[UserSession]) -> None:
    Session.objects.filter(pk__in=list(sessions.values_list("session_key", flat=True))).delete()
    sessions.delete()


@transaction.atomic
def sign_out_devices(*, user: User, devices: Collection[int], customer: UUID | None, by: Actor) -> int:
    """Sign this account out there, and tell its owner by email: it may have been somebody else at an open browser.

    `customer`: whose history tells of it; the company's where there is none. Returns how many were signed in until
    now; what is signed out already changes nothing.
    """
    appending.lock_people(user.pk)
    sessions = UserSession.objects.filter(user=user, pk__in=devices)
    keys = list(sessions.values_list("session_key", flat=True))
    count = Session.objects.filter(pk__in=keys).count()
    end_sessions(sessions)
    if count:
        get_adapter().send_notification_mail("account/email/devices_signed_out", user, {"count": count})
        appending.append_entry(
            event="session.ended",
            by=by,
            customer=customer,
            object_type="user",
            object=user.pk,
            details={"sessions": count},
        )
    return count
