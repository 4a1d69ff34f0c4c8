"""A rule that changes after a release: the text that ran is frozen, and the change brings its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.migrations.executor import MigrationExecutor

from consents.core.owner import as_owner
from consents.management.commands.freeze_rules import find_rules_to_freeze
from tests.architecture.mutation.speaking import owner_speaking

# An installed app without migrations of its own lends its name.
ROOM, FOLDER = "humanize", "scratch_room"
RULE = "CREATE FUNCTION public.scratch_days() RETURNS int LANGUAGE sql AS 'SELECT {}';\n"
MIGRATION = """
from django.db import migrations

from consents.core.owner import {operation}


class Migration(migrations.Migration):
    dependencies = {dependencies}
    operations = [{operation}(__file__)]
"""


@pytest.fixture
def room(tmp_path, monkeypatch, settings, transactional_db) -> Iterator[Path]:
    """A room whose first release says seven days."""
    folder = tmp_path / FOLDER
    for part in (folder, folder / "migrations"):
        part.mkdir()
        (part / "__init__.py").touch()
    (folder / "sql").mkdir()
    (folder / "sql" / "answers.sql").write_text(RULE.format(7))
    write_migration(folder, "0001_rules", "RunRules", [])
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {ROOM: f"{FOLDER}.migrations"}
    yield folder
    start_over()


def write_migration(room: Path, name: str, operation: str, dependencies: list) -> None:
    (room / "migrations" / f"{name}.py").write_text(MIGRATION.format(operation=operation, dependencies=dependencies))


def start_over() -> None:
    with owner_speaking() as owner:
        owner.execute("DROP FUNCTION IF EXISTS public.scratch_days()")
        owner.execute("DELETE FROM django_migrations WHERE app = %s", [ROOM])


def migrate(name: str) -> int:
    """Migrate to this one, and return what the rule says then."""
    with as_owner() as connection:
        MigrationExecutor(connection).migrate([(ROOM, name)])
    return ask_rule()


def ask_rule() -> int:
    with owner_speaking() as owner:
        return owner.execute("SELECT public.scratch_days()").fetchone()[0]


def test_a_released_rule_changes_by_a_migration_with_its_own_text(room):
    assert migrate("0001_rules") == 7

    [rules] = [one for one in find_rules_to_freeze() if one.path.is_relative_to(room)]
    rules.freeze()
    (room / "sql" / "answers.sql").write_text(RULE.format(5))
    write_migration(room, "0002_fewer_days", "RunSQLFile", [(ROOM, "0001_rules")])
    change = RULE.format(5).replace("CREATE", "CREATE OR REPLACE")
    (room / "migrations" / "0002_fewer_days.sql").write_text(change)

    assert migrate("0002_fewer_days") == 5  # a database of the first release
    start_over()
    assert migrate("0001_rules") == 7  # a new one goes the same way, whatever sql/ says now
    assert migrate("0002_fewer_days") == 5
    start_over()
    with owner_speaking() as owner:
        owner.execute((room / "sql" / "answers.sql").read_text())
    assert ask_rule() == 5
