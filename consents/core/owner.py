"""Acting as the owner of the database: migrations, set-up and tests alone, never the running system."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def as_owner(alias: str = "default") -> Iterator[BaseDatabaseWrapper]:
    """The alias speaks as `portal_owner` inside, as before outside. Raises ImproperlyConfigured without an owner."""
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


def move_clock(connection: BaseDatabaseWrapper, by: timedelta) -> None:
    """As owner: let `portal_now()` run `by` ahead (or behind). Nobody else sees it before this transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION portal_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE "
            f"AS 'SELECT statement_timestamp() + interval ''{by.total_seconds():.6f} seconds'''"
            if by
            else "CREATE OR REPLACE FUNCTION portal_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE "
            "AS 'SELECT statement_timestamp()'"
        )
