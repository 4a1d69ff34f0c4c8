"""PostgreSQL's own programs, pg_dump, pg_restore and psql: where they are, as whom they speak, what they said."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

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
    """Raises ProgramFailed."""
    with log() as said:
        done = subprocess.run([program(name), "--no-password", *options], env=environment(params), stderr=said)
    if done.returncode:
        raise ProgramFailed(f"{name} failed; what it said is in {place_of_log()}.")


def load(pieces: Iterable[str | Path], *, params: dict[str, Any]) -> None:
    """Statements and dumps, one after the other, in one session. It brings its own BEGIN and COMMIT: cut short before
    the COMMIT, by whatever it is, nothing of it stays. Raises ProgramFailed."""
    options = ["--no-password", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    with (
        log() as said,
        subprocess.Popen(
            [program("psql"), *options],
            env=environment(params),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        ) as session,
    ):
        is_whole = all(written(piece, session.stdin, said) for piece in pieces)
    if session.returncode or not is_whole:
        raise ProgramFailed(f"The backup could not be loaded; what was said is in {place_of_log()}.")


def written(piece: str | Path, into: IO[bytes] | None, said: IO[bytes]) -> bool:
    """False when it did not get there: whoever reads it has ended, or the dump cannot be read."""
    assert into is not None
    if isinstance(piece, Path):
        command = [program("pg_restore"), "--file=-", str(piece)]
        return subprocess.run(command, stdout=into, stderr=said).returncode == 0
    try:
        return into.write(piece.encode()) == len(piece.encode())
    except BrokenPipeError:
        return False


def environment(params: dict[str, Any]) -> dict[str, str]:
    """Passwords go this way: other users of the machine can read a command line."""
    given = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return given | {VARIABLES[key]: str(value) for key, value in params.items()}


def program(name: str) -> str:
    """From the wheel for the embedded server; for another the one that is installed, which may be newer."""
    installed = None if settings.EMBEDDED else shutil.which(name)
    return installed or str(embedded.binary(name))


def place_of_log() -> Path:
    place: Path = settings.PORTAL_VAR / "backup.log"
    return place


@contextmanager
def log() -> Iterator[IO[bytes]]:
    """A new one, that nobody else can read."""
    place_of_log().parent.mkdir(parents=True, exist_ok=True)
    place_of_log().touch(mode=0o600)
    with place_of_log().open("wb") as file:
        yield file
