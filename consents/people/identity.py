"""Read in one statement who is at the other end: session, user, membership, second factors, and whom they may act for.

The session's content is sealed, so the statement cannot follow it to its user. The signed cookie of a known browser
says who signed in there last, which is nearly always the same; who is signed in, the opened session alone decides.
Everything is read anew for each request, and handed out once: whoever asks again asks the database.
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from consents.core.gathering import Parts, define_gathering
from consents.people import selectors
from consents.people.models import Acting, User

# What rooms above read in the same statement: their query sets, which may select from the part "actings".
BESIDE: dict[str, Callable[[], QuerySet[Any, Any]]] = {}


@define_gathering(session=str, now=datetime, user=UUID)
def gather_identity(session: Any, now: Any, user: Any) -> Parts:
    return {
        "sessions": Session.objects.filter(session_key=session, expire_date__gt=now),
        "users": User.objects.filter(pk=user).select_related("staff_member"),
        "actings": selectors.select_actings(user),
        "factors": select_factor_ids(user),
        **{name: build() for name, build in BESIDE.items()},
    }


class Identity:
    """Keeps what was read for one request, for the user whom the browser names."""

    def __init__(self, session: str, user: UUID) -> None:
        read = gather_identity.read(session=session, now=timezone.now(), user=user)
        self.user, self.parts = user, {name: read[name] for name in ("users", "actings", "factors", *BESIDE)}
        self.session: Session | None = next(iter(read["sessions"]), None)

    def take(self, part: str, user: Any) -> list[Any] | None:
        """Return the rows of a part if they were read for this user and not handed out before."""
        return self.parts.pop(part, None) if str(user) == str(self.user) else None


# Of the request that this thread serves.
CURRENT: ContextVar[Identity | None] = ContextVar("identity", default=None)


def read_session(session: str, user: UUID) -> Session | None:
    """Return the stored session, and keep for this request what was read beside it."""
    read = Identity(session, user)
    CURRENT.set(read)
    return read.session


def take_read(part: str, user: Any) -> list[Any] | None:
    """Return what was read beside the session for this user; None where it was not, or has been handed out."""
    current = CURRENT.get()
    return current.take(part, user) if current else None


def list_actings(user: User) -> list[Acting]:
    """List whom the user may act for, like the selector of this name."""
    read = take_read("actings", user.pk)
    return selectors.list_actings(user) if read is None else selectors.leave_out_grown_up(read)


def select_factor_ids(user: Any) -> QuerySet[Any, Any]:
    ids: QuerySet[Any, Any] = Authenticator.objects.filter(user=user).order_by().values_list("pk")
    return ids


def list_factor_ids(user: Any) -> set[int]:
    """List the ids of the second factors that the user has."""
    read = take_read("factors", user)
    return {id for (id,) in (select_factor_ids(user) if read is None else read)}


class Backend(AuthenticationBackend):
    """allauth's, which takes the user from what was read with the session."""

    def get_user(self, user_id: Any) -> User | None:
        read = take_read("users", user_id)
        if not read:
            return cast("User | None", super().get_user(user_id))
        return read[0] if self.user_can_authenticate(read[0]) else None
