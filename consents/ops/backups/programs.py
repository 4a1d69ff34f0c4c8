"""Run PostgreSQL's own programs, pg_dump, pg_restore and psql: as whom they speak, what they read, what they said.

`choose_programs` says which of those on this machine.
"""

import ipaddress
import os
import re
import subprocess
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import Error, connection, connections
from psycopg import Error as DatabaseError
from psycopg.sql import SQL, Identifier

from consents.core import roles
from consents.core.refusals import Refusal
from consents.ledger.checkpoints import StorageUnavailable
from consents.ledger.journal import JournalBroken
from consents.ops import embedded
from consents.ops.embedded import CannotStart
from consents.ops.embedded.cluster import read_version

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
# Functions of the vault are owned by a role that may make nothing at any other time.
# The dump makes their schema, where that role must then be able to take them over.
FIRST = f"BEGIN; ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO {roles.VAULT_WRITER};\n"
# Whoever restores is not their owner by then, so what the dump says of their privileges does not hold. The application
# may call these again (vault/sql/locked.sql). Any other, also one that nobody named here, is for the owner's rules
# alone: a restore opens no oracle.
CALLED_BY_APP = (
    *("correct_value", "is_record_of", "only_record"),
    *("remove_categories", "remove_records", "store_records"),
)
LAST = f"""SET LOCAL ROLE {roles.VAULT_WRITER};
DO $$ DECLARE function record; BEGIN
    FOR function IN SELECT oid::regprocedure AS id, proname FROM pg_proc
                    WHERE proowner = '{roles.VAULT_WRITER}'::regrole LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', function.id);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', function.id, CASE
            WHEN function.proname = ANY ('{{{",".join(CALLED_BY_APP)}}}') THEN '{roles.APP}' ELSE '{roles.OWNER}' END);
    END LOOP;
END $$;
RESET ROLE;
ALTER DEFAULT PRIVILEGES REVOKE CREATE ON SCHEMAS FROM {roles.VAULT_WRITER};
REVOKE CREATE ON SCHEMA portal FROM {roles.VAULT_WRITER}; COMMIT;
"""
# Entries of a dump that any role may have put there and that only that role may load. `migrate` makes our own default
# privileges anew; the functions of PostgreSQL are closed by whoever makes the database.
OTHERS = re.compile(r"\d+; \d+ \d+ (DEFAULT ACL|BLOBS?|BLOB METADATA|ACL pg_catalog|ACL - LARGE OBJECT)\b")


class ProgramFailed(Exception):
    """Carries a sentence; what the program said is in the log, since it may hold values."""


@dataclass(frozen=True)
class ClientPrograms:
    """The programs of one folder, and their major version."""

    folder: Path
    version: int

    def find(self, name: str) -> str:
        return str(self.folder / name)


def as_backup() -> dict[str, Any]:
    """Return how the backup role connects to Django's database. Raises ImproperlyConfigured without that role."""
    return build_parameters(settings.DATABASE_BACKUP, "DATABASE_BACKUP_URL: this command reads as portal_backup")


def as_owner() -> dict[str, Any]:
    return build_parameters(
        settings.DATABASE_OWNER, "DATABASE_OWNER_URL: this command works as the owner of the database"
    )


def build_parameters(role: dict[str, Any] | None, missing: str) -> dict[str, Any]:
    if role is None:
        raise ImproperlyConfigured(f"Set {missing}.")
    speaking = connections.create_connection("default")
    speaking.settings_dict = connection.settings_dict | {"OPTIONS": {}} | role
    speaking.settings_dict |= {"NAME": connection.settings_dict["NAME"]}
    params = speaking.get_connection_params()
    return {name: params[name] for name in VARIABLES if params.get(name)}


@contextmanager
def connect_as(params: dict[str, Any]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(**params, autocommit=True) as speaker:
        yield speaker


def run_program(name: str, *options: str, tools: ClientPrograms, params: dict[str, Any]) -> None:
    """Run it to its end. Raises ProgramFailed."""
    with open_log() as said:
        done = subprocess.run([tools.find(name), "--no-password", *options], env=build_environment(params), stderr=said)
    if done.returncode:
        raise ProgramFailed(f"{name} failed; what it said is in {get_log_path()}.")


def load_pieces(pieces: Iterable[str | Path], *, tools: ClientPrograms, params: dict[str, Any]) -> None:
    """Load statements and dumps, one after the other, in one session. They bring their own BEGIN and COMMIT: whatever
    cuts them short before the COMMIT, nothing stays. Raises ProgramFailed."""
    options = ["--no-password", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    with (
        open_log() as said,
        subprocess.Popen(
            [tools.find("psql"), *options],
            env=build_environment(params),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        ) as session,
    ):
        is_whole = all(write_piece(piece, session.stdin, said, tools) for piece in pieces)
    if session.returncode or not is_whole:
        raise ProgramFailed(f"The backup could not be loaded; what was said is in {get_log_path()}.")


def write_piece(piece: str | Path, into: IO[bytes] | None, said: IO[bytes], tools: ClientPrograms) -> bool:
    """Write it into the session; return False if the session has ended or the dump cannot be read."""
    assert into is not None
    if isinstance(piece, Path):
        return write_dump(piece, into, said, tools)
    try:
        return into.write(piece.encode()) == len(piece.encode())
    except BrokenPipeError:
        return False


def write_dump(dump: Path, into: IO[bytes], said: IO[bytes], tools: ClientPrograms) -> bool:
    """Write the dump as statements, without what others may have put into it."""
    listed = subprocess.run([tools.find("pg_restore"), "--list", str(dump)], stdout=subprocess.PIPE, stderr=said)
    if listed.returncode:
        return False
    with tempfile.NamedTemporaryFile("w", prefix="portal-restore-") as chosen:
        chosen.write("".join(line for line in listed.stdout.decode().splitlines(True) if not OTHERS.match(line)))
        chosen.flush()
        command = [tools.find("pg_restore"), "--file=-", f"--use-list={chosen.name}", str(dump)]
        return subprocess.run(command, stdout=into, stderr=said).returncode == 0


def read_value(reader: psycopg.Connection, query: Any) -> Any:
    """Return the first column of the first row, or None where there is no row."""
    values = reader.execute(query).fetchone()
    return values[0] if values else None


def count_rows(reader: psycopg.Connection, table: str) -> int:
    return int(read_value(reader, SQL("SELECT count(*) FROM {}").format(Identifier(table))))


def build_environment(params: dict[str, Any]) -> dict[str, str]:
    """Pass passwords by environment: other users of the machine can read a command line."""
    given = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return given | {VARIABLES[key]: str(value) for key, value in params.items()}


def get_log_path() -> Path:
    place: Path = settings.PORTAL_VAR / "backup.log"
    return place


@contextmanager
def open_log() -> Iterator[IO[bytes]]:
    """Open a new log that nobody else can read."""
    get_log_path().parent.mkdir(parents=True, exist_ok=True)
    get_log_path().touch(mode=0o600)
    with get_log_path().open("wb") as file:
        yield file


# Choose PostgreSQL's client programs (pg_dump, pg_restore, psql): of one folder, so that they understand each other; at
# least as new as the server and the dump; able to connect, encrypted where the database is on another machine.
#
# A program that is too old makes a dump, or none, and says so only to whoever restores: so all of it is asked first.

NAMES = ("pg_dump", "pg_restore", "psql")
INSTALLED = Path("/usr/lib/postgresql")  # Debian keeps each version in a folder of its own
ENCRYPTED = {"require", "verify-ca", "verify-full"}


class NotEncrypted(Refusal):
    sentence = (
        "The connection to the database on %(host)s is not encrypted, and a backup is everything that is in it: add "
        "?sslmode=require to the address, or sslmode=verify-full with sslrootcert. Nothing was done."
    )


class NoProgram(Refusal):
    sentence = (
        "This needs pg_dump, pg_restore and psql of PostgreSQL %(version)s or newer, together in one folder, that "
        "reach the database%(encrypted)s. Found: %(found)s. Install them (in Debian postgresql-client-%(version)s), or "
        "name their folder in PORTAL_POSTGRES_PROGRAMS. Nothing was done."
    )

    def __init__(self, version: int, candidates: list[str], *, is_encrypted: bool) -> None:
        encrypted, listed = " over TLS" if is_encrypted else "", "; ".join(candidates) or "none"
        super().__init__(version=version, encrypted=encrypted, found=listed)


def choose_programs(params: dict[str, Any], *, at_least: int = 0) -> ClientPrograms:
    """Return the newest programs that will do. `at_least`: the version that made the dump.

    Raises NotEncrypted, NoProgram, and DatabaseError of psycopg where there is no connection.
    """
    version, is_encrypted = ask_server(params)
    if is_encrypted and params.get("sslmode") not in ENCRYPTED:
        params = params | {"sslmode": "require"}  # a client without it would else connect in the clear
    needed, candidates = max(version, at_least), list(find_candidates())
    for candidate in sorted(candidates, key=lambda candidate: candidate.version, reverse=True):
        if candidate.version >= needed and can_connect(candidate, params):
            return candidate
    listed = [f"{candidate.version} in {candidate.folder}" for candidate in candidates]
    raise NoProgram(needed, listed, is_encrypted=is_encrypted)


def ask_server(params: dict[str, Any]) -> tuple[int, bool]:
    """Return the server's major version, and whether our own connection is encrypted. Raises NotEncrypted for one to
    another machine that is not."""
    with connect_as(params) as speaker:
        is_encrypted = speaker.pgconn.ssl_in_use
        if not is_encrypted and not is_on_this_machine(speaker.info):
            raise NotEncrypted(host=speaker.info.host)
        return speaker.info.server_version // 10_000, is_encrypted


def is_on_this_machine(info: psycopg.ConnectionInfo) -> bool:
    if info.host.startswith(("/", "@")):
        return True
    return ipaddress.ip_address(info.hostaddr).is_loopback


def find_candidates() -> Iterator[ClientPrograms]:
    """Yield what lies on this machine, each folder once. The embedded server has programs of its own."""
    seen: set[Path] = set()
    for folder in list_folders():
        if (real := folder.resolve()) not in seen and (version := read_common_version(folder)):
            seen.add(real)
            yield ClientPrograms(folder, version)


def list_folders() -> list[Path]:
    own = embedded.find_program("pg_dump").parent
    if settings.EMBEDDED:
        return [own]
    if settings.PORTAL_POSTGRES_PROGRAMS:
        return [settings.PORTAL_POSTGRES_PROGRAMS]
    on_path = [Path(part) for part in os.get_exec_path() if part]
    return [*sorted(INSTALLED.glob("*/bin")), *on_path, own]


def read_common_version(folder: Path) -> int | None:
    """Return the major version of the programs in this folder; None unless all are there, of one version."""
    versions = {read_version(folder / name) for name in NAMES}
    return versions.pop() if len(versions) == 1 else None


def can_connect(candidate: ClientPrograms, params: dict[str, Any]) -> bool:
    command = [candidate.find("psql"), "--no-password", "--no-psqlrc", "--quiet", "--command", "SELECT 1"]
    environment = build_environment(params)
    return subprocess.run(command, env=environment, capture_output=True).returncode == 0


def add_recovery_options(parser: ArgumentParser) -> None:
    parser.add_argument("--accept-loss", action="store_true", help="go on although entries are lost")
    parser.add_argument(
        "--beyond-the-last-head",
        action="store_true",
        help="do again what the journal tells past its last signed head, too",
    )


@contextmanager
def explain_failures(deed: str) -> Iterator[None]:
    """Raise CommandError with one sentence and exit code 2 for what could not be done."""
    try:
        yield
    except (ProgramFailed, ImproperlyConfigured, CannotStart, JournalBroken, StorageUnavailable) as reason:
        raise CommandError(str(reason), returncode=2) from None
    except (Error, DatabaseError, OSError) as reason:
        raise CommandError(f"{deed} ({name_failure(reason)}).", returncode=2) from None


def name_failure(reason: Exception) -> str:
    """Return the class of it: PostgreSQL's own, where Django's is one for many. Its words may hold values."""
    is_wrapped = isinstance(reason, Error) and isinstance(reason.__cause__, DatabaseError)
    return type(reason.__cause__ if is_wrapped else reason).__name__
