"""What must be true of the database before the programs start, each with a sentence when it is not."""

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from consents.core import roles
from consents.ledger.selectors import is_being_restored
from consents.running.portal import connections_needed
from consents.startup import refuse_wrong_role

# Those that PostgreSQL keeps for others do not count; -1 is no limit of role or database.
ALLOWED = """
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - current_setting('reserved_connections')::int,
    nullif((SELECT rolconnlimit FROM pg_roles WHERE rolname = %s), -1),
    nullif((SELECT datconnlimit FROM pg_database WHERE datname = current_database()), -1))
"""


def check_database() -> None:
    """Raises ImproperlyConfigured unless it answers, the role is the application's, every migration is applied and no
    restoration is unfinished."""
    try:
        refuse_wrong_role()
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


def check_connections() -> None:
    """Raises ImproperlyConfigured when the database lets in fewer than web server and worker keep open under load."""
    needed = connections_needed()
    with connection.cursor() as cursor:
        cursor.execute(ALLOWED, [roles.APP])
        [allowed] = cursor.fetchone()
    if allowed < needed:
        raise ImproperlyConfigured(
            f"The database lets the portal open {allowed} connections, and on this machine it needs {needed}: raise "
            "max_connections of the server, or the limit of the role or the database."
        )
