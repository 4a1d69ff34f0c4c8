"""Act as the owner of the database: for migrations, set-up and tests alone, never in the running system."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def as_owner(alias: str = "default") -> Iterator[BaseDatabaseWrapper]:
    """Connect the alias as `portal_owner` inside, and as before outside. Raises ImproperlyConfigured without an
    owner.
    """
    if settings.DATABASE_OWNER is None:
        raise ImproperlyConfigured("Set DATABASE_OWNER_URL: this command works as the owner of the database.")
    connection = connections[alias]
    connection.close()
    kept = connection.settings_dict
    connection.settings_dict = kept | {"OPTIONS": {}} | settings.DATABASE_OWNER | {"NAME": kept["NAME"]}
    try:
        yield connection
    finally:
        connection.close()
        connection.settings_dict = kept


TRIGGERS = """
SELECT tgrelid::regclass::text, quote_ident(tgname), CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END FROM pg_trigger
WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgrelid = ANY (%s::regclass[])
"""


@contextmanager
def silence_triggers(connection: BaseDatabaseWrapper, *tables: str) -> Iterator[Any]:
    """Work on the tables without their triggers, as the owner, in one transaction: whatever breaks off inside leaves
    every trigger as it was.
    """
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table that a check still has to look at cannot be altered
        cursor.execute(TRIGGERS, [list(tables)])
        found = cursor.fetchall()
        for table, trigger, _how in found:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield cursor
        for table, trigger, how in found:
            cursor.execute(f"ALTER TABLE {table} ENABLE {how} TRIGGER {trigger}")


def move_clock(connection: BaseDatabaseWrapper, by: timedelta) -> None:
    """Let the database's clock (`portal.now()`, `portal.clock()`) run `by` ahead (or behind), as the owner. No one else
    sees it before this transaction commits.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION portal.clock_offset() RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE "
            f"RETURN interval '{f'{by.total_seconds():.6f} seconds' if by else '0'}'"
        )
