"""What a release changes in a table locks no no out: squawk reads the SQL of each migration before PostgreSQL does.

The first two of a room make its tables, in which nobody waits yet, and its rules.
"""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

FIRST_RELEASE = ("0001", "0002")
# `migrate` limits the waiting itself and does each in a transaction; widths and words are the models' matter.
LEFT_TO_US = (
    *("require-lock-timeout", "require-statement-timeout", "prefer-robust-stmts"),
    *("prefer-bigint-over-int", "prefer-text-field"),
)


def lint(statements: str) -> list[str]:
    """The rules that are broken, none of which may be: squawk's own names."""
    options = ["--reporter", "gcc", "--pg-version", "17.0", f"--exclude={','.join(LEFT_TO_US)}"]
    done = subprocess.run(
        [Path(sys.executable).with_name("squawk"), *options], input=statements, capture_output=True, text=True
    )
    assert not done.stderr.strip(), done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("stdin:")]


def test_no_later_migration_keeps_a_no_waiting(db):
    ours = {room.label for room in apps.get_app_configs() if room.name.startswith("consents")}
    later = [
        key for key in MigrationLoader(None).disk_migrations if key[0] in ours and not key[1].startswith(FIRST_RELEASE)
    ]
    for room, name in later:
        written = StringIO()
        call_command("sqlmigrate", room, name, stdout=written)
        assert lint(written.getvalue()) == [], f"{room} {name}"


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("CREATE INDEX slow ON choices_choice (answered_at);", "require-concurrent-index-creation"),
        ("ALTER TABLE choices_choice ALTER COLUMN purpose TYPE text;", "changing-column-type"),
        ("ALTER TABLE choices_choice ADD CONSTRAINT told CHECK (scratch > 0);", "constraint-missing-not-valid"),
        ("ALTER TABLE choices_choice ADD COLUMN scratch integer;", ""),
    ],
)
def test_what_would_is_named(statement, rule):
    broken = lint(f"BEGIN;\n{statement}\nCOMMIT;\n")

    assert (rule in "".join(broken)) if rule else broken == []
