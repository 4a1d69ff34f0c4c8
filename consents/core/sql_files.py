"""The rules of a room: `consents/<room>/sql/*.sql` are its functions, triggers, policies and grants in force.

A migration never reads what changes later. Until the first release `RunRules` runs `sql/` itself; a release freezes
that text beside the migration (`manage.py freeze_rules`), and every later change brings its own text (`RunSQLFile`).
"""

from pathlib import Path
from typing import Any

from django.db.migrations.operations.base import Operation

# Files of a room run in the order of their names: a function may call one that a later file makes.
LATE_BINDING = "SET LOCAL check_function_bodies = off;\n"


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
        schema_editor.execute(LATE_BINDING + self.text(), params=None)

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
