"""Check what must be true of the database before the programs start, each with a sentence when it is not."""

import os
from difflib import get_close_matches

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from consents.core import roles
from consents.core.countries import is_country
from consents.ledger.selectors.timelines import is_being_restored
from consents.ops.monitoring.tracing import check_tracing
from consents.ops.running.portal import OTHERS_SECRETS, count_needed_connections
from consents.ops.startup import check_database_role, check_safeguards

OF_EMBEDDED = ("PORTAL_POSTGRES_START_SECONDS", "PORTAL_POSTGRES_FAST")
# Those that PostgreSQL keeps for others do not count; -1 is no limit of role or database.
ALLOWED = """
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - current_setting('reserved_connections')::int,
    nullif((SELECT rolconnlimit FROM pg_roles WHERE rolname = %s), -1),
    nullif((SELECT datconnlimit FROM pg_database WHERE datname = current_database()), -1))
"""


def check_database() -> None:
    """Raises ImproperlyConfigured unless it answers, the role is the application's, every migration is applied, no
    restoration is unfinished and everything is as the last migration left it."""
    try:
        check_database_role()
        executor = MigrationExecutor(connection)
    except OperationalError:
        raise ImproperlyConfigured(
            "The database does not answer. Check that the server runs and that DATABASE_URL is right. If a "
            "`manage.py restore` was interrupted, run it again to finish it: until then the database lets nobody in."
        ) from None
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise ImproperlyConfigured("The database is not up to date: run `manage.py migrate` first.")
    if is_being_restored():
        raise ImproperlyConfigured("The database is being restored: run `manage.py restore` again to finish it first.")
    check_safeguards()


def check_addresses() -> None:
    """Raises ImproperlyConfigured where the environment would let the portal become more than its role."""
    if given := [name for name in OTHERS_SECRETS if os.environ.get(name)]:
        raise ImproperlyConfigured(
            f"The portal does not start with {', '.join(given)} in its environment: whoever breaks into it would "
            "have them. Give them to `migrate`, `backup`, `restore` and `make_roles` alone."
        )
    if settings.EMBEDDED and settings.PORTAL_MODE == "production":
        raise ImproperlyConfigured(
            "The embedded database lets every program of this user in as any role, superuser included: it is for the "
            "demo, for tests and for trying things out. Set DATABASE_URL to a PostgreSQL server of your own "
            "(`manage.py make_roles --help`)."
        )


def check_variables() -> None:
    """Raises ImproperlyConfigured for a PORTAL_ variable that nothing reads: a typing error leaves the default."""
    check_values()
    if unknown := find_unknown_names():
        raise ImproperlyConfigured(f"The portal does not start: {' '.join(unknown)}")


def check_values() -> None:
    """Raises ImproperlyConfigured where the country is none, or traces are wanted that cannot be made."""
    check_tracing()
    if not is_country(settings.PORTAL_COUNTRY):
        raise ImproperlyConfigured(
            f"PORTAL_COUNTRY is {settings.PORTAL_COUNTRY!r}, and no country: use two letters of ISO 3166: GB, IE, US."
        )


def find_unknown_names() -> list[str]:
    """Say in a sentence each which PORTAL_ variables nothing reads."""
    readable = {*settings.PORTAL_VARIABLES, *OTHERS_SECRETS, *OF_EMBEDDED}
    unknown = sorted(name for name in os.environ if name.startswith("PORTAL_") and name not in readable)
    return [describe_unknown_name(name, readable) for name in unknown]


def describe_unknown_name(name: str, readable: set[str]) -> str:
    nearest = get_close_matches(name, readable, 1)
    return f"{name} is no setting of the portal{f': did you mean {nearest[0]}?' if nearest else '.'}"


def check_connections(workers: int = 0) -> None:
    """Raises ImproperlyConfigured when the database lets in fewer than web server and worker keep open under load."""
    needed = count_needed_connections(workers)
    with connection.cursor() as cursor:
        cursor.execute(ALLOWED, [roles.APP])
        [allowed] = cursor.fetchone()
    if allowed < needed:
        raise ImproperlyConfigured(
            f"The database lets the portal open {allowed} connections, and on this machine it needs {needed}: raise "
            "max_connections of the server, or the limit of the role or the database."
        )
