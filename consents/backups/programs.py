"""PostgreSQL's own programs, pg_dump and pg_restore: where they are, as whom they speak, what they said."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from consents.core import embedded

# What libpq calls in the environment what our settings call in an address.
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class ProgramFailed(Exception):
    """Carries a sentence; what the program said is in the log, since it may hold values."""


def as_backup() -> dict[str, Any]:
    """How the backup role finds the database Django speaks to. Raises ImproperlyConfigured without that role."""
    return found_as(settings.DATABASE_BACKUP, "DATABASE_BACKUP_URL: this command reads as portal_backup")


def as_owner() -> dict[str, Any]:
    return found_as(settings.DATABASE_OWNER, "DATABASE_OWNER_URL: this command works as the owner of the database")


def found_as(role: dict[str, Any] | None, missing: str) -> dict[str, Any]:
    if role is None:
        raise ImproperlyConfigured(f"Set {missing}.")
    speaking = connections.create_connection("default")
    speaking.settings_dict = connection.settings_dict | {"OPTIONS": {}} | role
    speaking.settings_dict |= {"NAME": connection.settings_dict["NAME"]}
    params = speaking.get_connection_params()
    return {name: params[name] for name in VARIABLES if params.get(name)}


@contextmanager
def speaking(params: dict[str, Any]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(**params, autocommit=True) as speaker:
        yield speaker


def run(name: str, *options: str, params: dict[str, Any]) -> None:
    """Passwords go by the environment: other users of the machine can read a command line. Raises ProgramFailed."""
    given = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    given |= {VARIABLES[key]: str(value) for key, value in params.items()}
    done = subprocess.run([program(name), "--no-password", *options], env=given, capture_output=True, text=True)
    if done.returncode:
        raise ProgramFailed(f"{name} failed; what it said is in {log(done.stderr)}.")


def program(name: str) -> str:
    """From the wheel for the embedded server; for another the one that is installed, which may be newer."""
    installed = None if settings.EMBEDDED else shutil.which(name)
    return installed or str(embedded.binary(name))


def log(said: str) -> Path:
    path: Path = settings.PORTAL_VAR / "backup.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(said)
    return path
