"""`migrate`, as the owner of the database: the running system owns nothing."""

from contextlib import nullcontext
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connections, transaction
from psycopg.errors import LockNotAvailable

from consents.core import roles, safeguards
from consents.core.owner import as_owner

# While a migration waits for a table, everybody who comes after it waits, too: a no that a customer says, for one.
PATIENCE = "2s"


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--accept-changes",
            action="store_true",
            help="go on although policies, triggers, functions, privileges or roles are not as the last migration left "
            "them, and record them as they are",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        is_owner = connections[alias].settings_dict["USER"] == roles.OWNER
        with nullcontext() if is_owner else as_owner(alias):
            self.migrate_as_owner(alias, *args, **options)

    def migrate_as_owner(self, alias: str, *args: Any, **options: Any) -> None:
        if not options.get("accept_changes"):
            refuse_changed_safeguards(alias)
        with connections[alias].cursor() as cursor:
            roles.prepare_schema(cursor)
            limit_waiting(cursor)
        try:
            super().handle(*args, **options)
        except OperationalError as reason:
            raise explain_waiting(reason) from reason
        call_command("createcachetable", database=alias, verbosity=0)
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {roles.APP}")
            safeguards.record_safeguards(cursor)


def limit_waiting(cursor: Any) -> None:
    cursor.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])


def explain_waiting(reason: OperationalError) -> Exception:
    """Return what to say of a migration that failed: of one that waited too long, what to do."""
    if not isinstance(reason.__cause__, LockNotAvailable):
        return reason
    return CommandError(
        f"A table that this release changes was in use for {PATIENCE}. The migrations before this one stay, it was "
        "not done, and no one is waiting now. Run `manage.py migrate` again."
    )


def refuse_changed_safeguards(alias: str) -> None:
    """Raises CommandError: to record a database that somebody changed would bless what they did."""
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        found = safeguards.find_changes(cursor)
    if found:
        raise CommandError(
            f"The database is not as the last migration left it: {safeguards.explain_changes(found)} Mend it or, if "
            "it was meant, run `manage.py migrate --accept-changes`. Nothing was migrated."
        )
