"""What must be true of the database before the programs start, each with a sentence when it is not."""

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from consents.ledger.selectors import is_being_restored
from consents.startup import refuse_wrong_role


def check_database() -> None:
    """Raises ImproperlyConfigured unless it answers, the role is the application's, every migration is applied and no
    restoration is unfinished."""
    try:
        refuse_wrong_role()
        executor = MigrationExecutor(connection)
    except OperationalError:
        raise ImproperlyConfigured(
            "The database does not answer. Check that the server runs and that DATABASE_URL is right."
        ) from None
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise ImproperlyConfigured("The database is not up to date: run `manage.py migrate` first.")
    if is_being_restored():
        raise ImproperlyConfigured("The database is being restored: run `manage.py restore` again to finish it first.")
