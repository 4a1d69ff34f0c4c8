"""The signed manifest of a backup: files and their hashes, rows of every table, how far log and journal went."""

import hashlib
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg.sql import SQL, Identifier

from consents.core import roles
from consents.core.canonical import encode_canonical
from consents.core.refusals import Refusal
from consents.core.signing import NotVerified, verify_note
from consents.ops.backups import programs
from consents.ops.backups.programs import ClientPrograms

NAME = "manifest"
DATABASE = "database.dump"
KEYS = "keys"
PIECE = 1024 * 1024


class BackupDamaged(Refusal):
    sentence = "The backup is damaged: a file is not the one that was signed for."


class WrongKeys(Refusal):
    sentence = "The keys of this portal are not those of the backup, and nobody could read it: %(problems)s."


class KeysGone(Refusal):
    sentence = "The customers’ keys of this backup are gone: they are kept for 7 days. Restore a newer one."


@dataclass(frozen=True)
class Manifest:
    """`log_origin`, `log_size`, `log_root`: the newest checkpoint inside; `journal_number`, `journal_hash`: the head of
    the journal; `waiting`: entries inside that were yet to be written there;
    `key_checks`: check values of the portal's keys, by name; `programs`: the major version of pg_dump. Roots and hashes
    in hexadecimal."""

    backup: str
    database: str
    keys: str
    counts: dict[str, int]
    log_origin: str
    log_size: int
    log_root: str
    entries: int
    journal_number: int
    journal_hash: str
    waiting: list[str] = field(default_factory=list)
    key_checks: dict[str, str] = field(default_factory=dict)
    programs: int = 0

    @property
    def text(self) -> str:
        return encode_canonical(asdict(self)).decode() + "\n"


def list_backups(folder: Path) -> list[Path]:
    """List the backups inside a folder, the newest last."""
    return sorted(path.parent for path in folder.glob(f"*/{NAME}"))


def get_dump_path(folder: Path) -> Path:
    return folder / DATABASE


def get_keys_path(folder: Path) -> Path:
    """Return where the keys lie: in a folder of their own, which can be copied and thrown away separately."""
    return folder.parent / KEYS / f"{folder.name}.dump"


def read_manifest(folder: Path, name: str, keys: Iterable[Ed25519PublicKey]) -> Manifest:
    """Read the manifest and check signature and hashes. Raises Refusal, BackupDamaged, KeysGone."""
    try:
        note = (folder / NAME).read_text()
        manifest = Manifest(**json.loads(verify_note(note, name, keys)))
    except (OSError, ValueError, TypeError, NotVerified):
        raise Refusal(
            "This is no backup of this portal: its manifest is missing, damaged or not signed by one of its keys."
        ) from None
    if not get_keys_path(folder).is_file():
        raise KeysGone
    try:
        hashes = hash_file(get_dump_path(folder)), hash_file(get_keys_path(folder))
    except OSError:
        raise BackupDamaged from None
    if hashes != (manifest.database, manifest.keys):
        raise BackupDamaged
    return manifest


def hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class NotProven(Refusal):
    """Tables of the restored backup have other numbers of rows than were counted."""

    sentence = "Restored on trial, the backup does not have as many rows as were backed up. It was not kept."


def prove_backup(database: Path, keys: Path, manifest: Manifest, tools: ClientPrograms) -> None:
    """Restore both dumps on trial and count the rows. Raises NotProven, ProgramFailed, and ImproperlyConfigured without
    an owner, who alone may make a database.
    """
    with open_trial_database(programs.as_owner()) as trial:
        programs.load_pieces([programs.FIRST, database, keys, programs.LAST], tools=tools, params=trial)
        with programs.connect_as(programs.as_backup() | {"dbname": trial["dbname"]}) as reader:
            if any(programs.count_rows(reader, table) != rows for table, rows in manifest.counts.items()):
                raise NotProven


@contextmanager
def open_trial_database(owner: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Make a database that only owner and backup enter; yield how the owner finds it. What a killed run left goes."""
    trial = f"{owner['dbname']}_trial"
    drop = SQL("DROP DATABASE IF EXISTS {}").format(Identifier(trial))
    with programs.connect_as(owner) as speaking:
        speaking.execute(drop)
        speaking.execute(SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(Identifier(trial)))
        try:
            speaking.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(Identifier(trial)))
            speaking.execute(
                SQL("GRANT CONNECT ON DATABASE {} TO {}").format(Identifier(trial), Identifier(roles.BACKUP))
            )
            yield owner | {"dbname": trial}
        finally:
            speaking.execute(drop)


LISTED = re.compile(rb"\d+; \d+ \d+ TABLE DATA public (\S+) ")
BEGIN = re.compile(rb"COPY public\.(\w+) \(")
END = b"\\.\n"


def check_dumped_rows(dumps: Iterable[Path], manifest: Manifest, tools: ClientPrograms) -> None:
    """Compare what pg_restore reads in the dumps with what was counted. Raises Refusal, ProgramFailed."""
    listed: set[str] = set()
    rows: Counter[str] = Counter()
    for dump in dumps:
        listed |= list_dumped_tables(dump, tools)
        rows += count_dumped_rows(dump, tools)
    if not set(manifest.counts) <= listed or +rows != +Counter(manifest.counts):
        raise Refusal(
            "Read back, the backup does not hold what was backed up: pg_restore finds other tables in it, or other "
            "numbers "
            "of rows. It was not kept."
        )


def list_dumped_tables(dump: Path, tools: ClientPrograms) -> set[str]:
    """Return the tables whose data the dump lists. Raises ProgramFailed."""
    with programs.open_log() as log:
        done = subprocess.run([tools.find("pg_restore"), "--list", str(dump)], stdout=subprocess.PIPE, stderr=log)
    if done.returncode:
        raise programs.ProgramFailed(f"pg_restore cannot read the dump; what it said is in {programs.get_log_path()}.")
    return {name.decode() for name in LISTED.findall(done.stdout)}


def count_dumped_rows(dump: Path, tools: ClientPrograms) -> "Counter[str]":
    """Count the rows of each table in the dump, line by line as pg_restore writes them. Raises ProgramFailed."""
    rows: Counter[str] = Counter()
    command = [tools.find("pg_restore"), "--data-only", "--file=-", str(dump)]
    with (
        programs.open_log() as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as reading,
    ):
        assert reading.stdout
        table = ""
        for line in reading.stdout:
            if table and line != END:
                rows[table] += 1
            elif table:
                table = ""
            elif begun := BEGIN.match(line):
                table = begun[1].decode()
    if reading.returncode:
        raise programs.ProgramFailed(f"pg_restore cannot read the dump; what it said is in {programs.get_log_path()}.")
    return rows
