"""Act as the owner of the database: for migrations, set-up and tests alone, never in the running system."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation


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


# The rules of a room: `consents/<room>/sql/*.sql` are its functions, triggers, policies and grants in force.
#
# A migration never reads what changes later. Until the first release `RunRules` runs `sql/` itself; a release freezes
# that text beside the migration (`manage.py freeze_rules`), and every later change brings its own text (`RunSQLFile`).

# Files of a room run in the order of their names: a function may call one that a later file makes.
LATE_BINDING = "SET LOCAL check_function_bodies = off;\n"
# Every trigger of ours counts always, so that no session silences it by its replication role.
ENABLE_ALWAYS = """
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', c.relname, t.tgname)
        FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'procrastinate%'
            AND NOT t.tgisinternal AND t.tgenabled <> 'A'
    LOOP
        EXECUTE statement;
    END LOOP;
END $$;
"""


def read_rules(room: Path) -> str:
    """Return the rules in force in the room at this folder, as one text."""
    return "\n".join(path.read_text() for path in sorted((room / "sql").glob("*.sql")))


class RunSQLFile(Operation):
    """Run the SQL beside a migration, in a file of the same name: `RunSQLFile(__file__)`."""

    reduces_to_sql = True
    reversible = False

    def __init__(self, migration: str) -> None:
        self.migration = migration
        self.path = Path(migration).with_suffix(".sql")

    def text(self) -> str:
        return self.path.read_text()

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Leave the models as they are."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(LATE_BINDING + self.text() + ENABLE_ALWAYS, params=None)

    def describe(self) -> str:
        return f"Run {self.path.name}"


class RunRules(RunSQLFile):
    """Run the copy that a release froze beside the migration or, before any release, the room's `sql/`."""

    def text(self) -> str:
        return super().text() if self.is_frozen() else read_rules(self.path.parents[1])

    def is_frozen(self) -> bool:
        return self.path.exists()

    def freeze(self) -> None:
        self.path.write_text(self.text())

    def describe(self) -> str:
        return f"Run {self.path.name if self.is_frozen() else 'sql/'}"
