"""`make_roles`: roles and database on a PostgreSQL server of one's own."""

import getpass
import os
import sys
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandParser

from consents.core import roles
from consents.management.operator_command import OperatorCommand

OLDEST = 170000
LEAST = 15
VARIABLES = {
    roles.OWNER: "PORTAL_OWNER_PASSWORD",
    roles.APP: "PORTAL_APP_PASSWORD",
    roles.BACKUP: "PORTAL_BACKUP_PASSWORD",
}


class Command(OperatorCommand):
    help = """Make the roles and the database on your PostgreSQL server (17 or newer), or repair them.

Passwords (at least 15 characters each) are read from PORTAL_OWNER_PASSWORD, PORTAL_APP_PASSWORD and
PORTAL_BACKUP_PASSWORD, or asked for on a terminal. Running it again is harmless and sets the passwords anew; a database
that is being restored stays closed. The roles write no personal value to the server's log: no row, no statement, no
parameter.

Exit codes: 0 done; 1 not done (one sentence says why)."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "superuser_url",
            nargs="?",
            default=os.environ.get("PORTAL_SUPERUSER_URL", ""),
            help="postgres://postgres:password@host:5432/postgres; from PORTAL_SUPERUSER_URL, which other users of "
            "this machine cannot read, when left out",
        )
        parser.add_argument("--database", default="portal", help="name of the database (portal)")

    def handle(self, *args: Any, superuser_url: str, database: str, **options: Any) -> None:
        check_server(superuser_url)
        passwords = {role: read_password(role, variable) for role, variable in VARIABLES.items()}
        roles.prepare_roles(superuser_url, passwords=passwords)
        is_new = roles.create_database(superuser_url, database)
        self.stdout.write(
            f"The roles are ready; the database {database} {'was made' if is_new else 'was there already'}.\n"
            f"DATABASE_URL=postgres://{roles.APP}:…@host:5432/{database} for `serve` and `worker`.\n"
            f"DATABASE_OWNER_URL=postgres://{roles.OWNER}:…@host:5432/{database} for `migrate`.\n"
            f"DATABASE_BACKUP_URL=postgres://{roles.BACKUP}:…@host:5432/{database} for `backup` and `restore`, with the"
            " owner’s.\n"
            "Next: `manage.py make_keys`, `manage.py migrate`, `manage.py collectstatic`, `manage.py invite_staff`,"
            " `manage.py doctor`, `manage.py serve`."
        )


def check_server(url: str) -> None:
    """Require a superuser and a new enough server. No message repeats the address: it holds a password."""
    try:
        with psycopg.connect(url) as connection:
            role = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
            version = connection.info.server_version
    except psycopg.Error:
        raise ImproperlyConfigured(
            "The server does not let us in. Check the address: postgres://postgres:password@host:5432/postgres."
        ) from None
    if role is None or not role[0]:
        raise ImproperlyConfigured("This role is no superuser: making roles takes one, for this once.")
    if version < OLDEST:
        raise ImproperlyConfigured(f"The server is PostgreSQL {version // 10000}; the portal needs 17 or newer.")


def read_password(role: str, variable: str) -> str:
    password = os.environ.get(variable, "")
    if not password and sys.stdin.isatty():
        password = getpass.getpass(f"Password for {role} (at least {LEAST} characters): ")
    if len(password) < LEAST:
        raise ImproperlyConfigured(f"Set {variable} to a password of at least {LEAST} characters.")
    return password
