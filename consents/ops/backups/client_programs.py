"""Choose PostgreSQL's client programs (pg_dump, pg_restore, psql): of one folder, so that they understand each other;
at least as new as the server and the dump; able to connect, encrypted where the database is on another machine.

A program that is too old makes a dump, or none, and says so only to whoever restores: so all of it is asked first.
"""

import ipaddress
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from consents.core.refusals import Refusal
from consents.ops import embedded
from consents.ops.backups import programs
from consents.ops.backups.programs import ClientPrograms
from consents.ops.embedded.binaries import read_version

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
    with programs.connect_as(params) as speaker:
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
    environment = programs.build_environment(params)
    return subprocess.run(command, env=environment, capture_output=True).returncode == 0
