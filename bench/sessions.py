"""Create sessions directly, so that signing in is not measured; each as fresh as after signing in."""

import time
from collections.abc import Iterable
from typing import Any

from allauth.account.internal.flows import login
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session

from consents.accounts.sessions import SessionStore, draw_token, hash_token
from consents.people.known_browsers import sign_known_users
from consents.people.models import User


def create_sessions(users: Iterable[User]) -> list[str]:
    """Create a session for each user and return their cookies, session and known browser."""
    now, cookies, rows = int(time.time()), [], []
    for user in users:
        proof, token = build_proof(user, now), draw_token()
        store = SessionStore.from_token(token)
        said = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            "began": now,
            "touched": now,
            login.AUTHENTICATION_METHODS_SESSION_KEY: [proof],
            login._AUTHENTICATION_METHODS_USER_SESSION_KEY: str(user.pk),
        }
        row = {"session_data": store.encode(said), "expire_date": store.get_expiry_date(expiry=None)}
        rows.append(Session(session_key=hash_token(token), **row))
        known = f"{settings.KNOWN_COOKIE_NAME}={sign_known_users([user.pk])}"
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={token}; {known}")
    Session.objects.bulk_create(rows, batch_size=1000)
    return cookies


def build_proof(user: User, now: int) -> dict[str, Any]:
    """Build the session's record of how the person signed in; staff get the second factor that their house asks for."""
    if not user.is_staff or settings.PORTAL_STAFF_MFA == "off":
        return {"method": "code", "at": now}
    had = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    used = had or TOTP.activate(user, generate_totp_secret()).instance
    return {"method": "mfa", "type": str(used.type), "id": used.pk, "at": now}
