"""`freeze_rules`: keep, beside each rules migration, the SQL it runs at this release."""

from typing import Any

from django.db.migrations.loader import MigrationLoader

from consents.core.owner import RunRules
from consents.management.operator_command import OperatorCommand


class Command(OperatorCommand):
    help = """Copy what each rules migration runs into a file beside it (0002_rules.sql).

Part of a release: from then on the migration runs that copy, and consents/<room>/sql/ may change. Commit the files.

Exit codes: 0 all rules are frozen, now or before."""

    def handle(self, *args: Any, **options: Any) -> None:
        for rules in find_rules_to_freeze():
            rules.freeze()
            self.stdout.write(f"Wrote {rules.path}")


def find_rules_to_freeze() -> list[RunRules]:
    migrations = MigrationLoader(None).disk_migrations.values()
    operations = [operation for migration in migrations for operation in migration.operations]
    return [operation for operation in operations if isinstance(operation, RunRules) and not operation.is_frozen()]
