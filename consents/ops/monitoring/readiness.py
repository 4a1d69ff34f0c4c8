"""Say of each part of the portal whether it is in order, in a word: for `/readyz`, alarms and metrics."""

import time
from threading import Lock

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest
from django.test import Client

from consents.accounts.sessions import SessionStore
from consents.copies import file_checks
from consents.core import roles, safeguards
from consents.core.sealing import KeyMissing
from consents.ledger.selectors.proofs import is_journal_late
from consents.ledger.selectors.timelines import is_being_restored, is_sealing_late
from consents.ops.embedded import CannotStart
from consents.ops.index_rotation import is_rotation_due
from consents.ops.key_checks import find_recorded_key_problems
from consents.ops.monitoring.alarms import describe_delays
from consents.ops.running import from_outside
from consents.ops.running.portal import BeingRestored

# With these the portal serves all the same: acts are durable, and the worker catches up.
SERVING = {"ok", "late", "broken"}
UNREACHABLE = (
    DatabaseError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    CannotStart,
    KeyMissing,
)
SAFEGUARD_SECONDS = 30.0


class SafeguardWatch:
    """Remember the last comparison for a while: it reads a thousand parts."""

    def __init__(self) -> None:
        self.lock, self.until, self.changed = Lock(), 0.0, False

    def have_changed(self) -> bool:
        """Return True if anything differs. Raises DatabaseError."""
        with self.lock:
            if time.monotonic() >= self.until:
                with transaction.atomic(), connection.cursor() as cursor:
                    self.changed = bool(safeguards.find_changes(cursor))
                self.until = time.monotonic() + SAFEGUARD_SECONDS
            return self.changed


safeguard_watch = SafeguardWatch()


def check_readiness() -> dict[str, str]:
    try:
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        return {
            "database": "ok",
            "role": "wrong" if roles.find_role_problems(connection) else "ok",
            "safeguards": "changed" if safeguard_watch.have_changed() else "ok",
            "migrations": "behind" if behind else "ok",
            "restoration": "ok" if behind or not is_being_restored() else "unfinished",
            "outside": "ok" if behind else from_outside.watch.describe(),
            "index_key": "late" if not behind and is_rotation_due() else "ok",
            "keys": "ok" if behind or not find_recorded_key_problems() else "wrong",
            "journal": "late" if not behind and is_journal_late() else "ok",
            "sealing": "late" if not behind and is_sealing_late() else "ok",
        } | ({} if behind else describe_delays() | describe_scanner())
    except BeingRestored:
        return {"restoration": "unfinished"}
    except ImproperlyConfigured:
        return {"database": "ok", "keys": "wrong"}
    except UNREACHABLE:
        return {"database": "unreachable"}


def describe_scanner() -> dict[str, str]:
    """Say how the virus scanner is, where there is one: without it no file is taken, and all else goes on."""
    if not file_checks.has_scanner():
        return {}
    return {"scanner": "ok" if file_checks.is_scanner_ready() else "broken"}


class Browser(Client):
    """Django's client takes a session's key for its cookie; ours carries a token, of which the key is the hash."""

    @property
    def session(self) -> SessionStore:
        cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie:
            return SessionStore.from_token(cookie.value)
        session = SessionStore()
        session.save()
        self.set_token(session)
        return session

    def _set_login_cookies(self, request: HttpRequest) -> None:
        super()._set_login_cookies(request)  # type: ignore[misc]
        self.set_token(request.session)  # type: ignore[arg-type]

    def set_token(self, session: SessionStore) -> None:
        self.cookies[settings.SESSION_COOKIE_NAME] = session.token
