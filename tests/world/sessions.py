"""The application's session between two tests that commit: as new, in a connection that knows its tables already."""

from contextlib import suppress

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test import TransactionTestCase
from psycopg import OperationalError
from psycopg.pq import TransactionStatus

from tests.world.owners import acting_as_owner

# What DISCARD ALL does, but for what is prepared: a new plan of every statement costs more than the statements.
FORGET = """
CLOSE ALL; RESET ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES; SELECT pg_advisory_unlock_all();
SELECT current_database() = '{NAME}' AND session_user = '{USER}' AND current_user = session_user
"""

MOST_PREPARED = 1000


def begin_anew(speaking: BaseDatabaseWrapper) -> None:
    """Leave nothing that a test has set for its session. A connection that cannot be used, or leads elsewhere, ends."""
    with suppress(OperationalError):
        if is_idle(speaking) and forget(speaking):
            return
    speaking.close()


def is_idle(speaking: BaseDatabaseWrapper) -> bool:
    made = speaking.connection
    is_whole = made is not None and not speaking.in_atomic_block and not speaking.needs_rollback
    return is_whole and made.info.transaction_status == TransactionStatus.IDLE


def forget(speaking: BaseDatabaseWrapper) -> bool:
    """Return whether the session is the application's in the database of the tests."""
    cursor = speaking.connection.execute(FORGET.format(**speaking.settings_dict), prepare=False)
    while cursor.nextset():
        pass
    return bool(cursor.fetchone()[0])


def keep_prepared(connection: BaseDatabaseWrapper, **_about: object) -> None:
    """All tests together have more statements than psycopg keeps: it would forget each before it comes again."""
    connection.connection.prepared_max = MOST_PREPARED


connection_created.connect(keep_prepared)


# Django would close the connection after each test that commits.
TransactionTestCase._should_reload_connections = lambda self: False


def act_for(user, customer, ends: str = "NULL") -> None:
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_acting (user_id, customer_id, capacity, starts_at, ends_at)"
            f" VALUES (%s, %s, 'agent', portal.now(), {ends})",
            [user, customer],
        )
