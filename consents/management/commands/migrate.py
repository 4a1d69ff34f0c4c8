"""`migrate`, as the owner of the database: the running system owns nothing."""

from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connections

from consents.core import roles
from consents.core.owner import as_owner


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        if connections[alias].settings_dict["USER"] == roles.OWNER:
            self.migrate_as_owner(alias, *args, **options)
        else:
            with as_owner(alias):
                self.migrate_as_owner(alias, *args, **options)

    def migrate_as_owner(self, alias: str, *args: Any, **options: Any) -> None:
        with connections[alias].cursor() as cursor:
            roles.prepare_schema(cursor)
        super().handle(*args, **options)
        call_command("createcachetable", database=alias, verbosity=0)
        with connections[alias].cursor() as cursor:
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {roles.APP}")
