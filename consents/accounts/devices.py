"""List where an account is signed in, and sign out there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consents.accounts.sessions import decode_session
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import User
from consents.people.visitors import is_over

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
