"""Making a backup: one snapshot, two dumps (the customers' keys apart), a signed manifest."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from psycopg.sql import SQL, Identifier

from consents.backups import manifests, programs
from consents.backups.manifests import Manifest
from consents.core import clock, signing
from consents.core.refusals import Refusal
from consents.ledger import checkpoints, journal, services

if sys.platform != "win32":
    import fcntl

KEYS_KEPT = timedelta(days=7)
STAMP = "%Y-%m-%dT%H%M%S.%fZ"
UNFINISHED = ".unfinished"
LOCK = ".lock"
KEY_TABLE = "people_customerkey"
# Who was signed in is nobody's to bring back, and a cache is none.
LEFT_OUT = ("django_session", "usersessions_usersession", "portal_cache")
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
WAITING = """
SELECT encode(e.hash, 'hex') FROM ledger_unjournalled AS w JOIN ledger_entry AS e ON e.id = w.entry ORDER BY w.entry
"""
LOG = "SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1"


class Running(Refusal):
    sentence = _("Another backup into this folder is running. Nothing was done.")


@dataclass(frozen=True)
class Made:
    """The backup's folder, and the names of older backups whose keys were thrown away."""

    folder: Path
    forgotten: list[str]


def make(into: Path, say: Callable[[str], None]) -> Made:
    """Back the database up into a new folder inside `into`; the newest entries are sealed and journalled first.

    Raises Running; of services DoesNotFollow, JournalDoesNotFollow, JournalBroken; ProgramFailed, OSError,
    ImproperlyConfigured.
    """
    say("Sealing the log and writing the journal …")
    services.seal(keys=settings.PORTAL_KEYS, storage=checkpoints.place())
    services.catch_up()
    if missed := services.make_good():
        say(f"The journal did not tell of {missed} entries that closed something, and nothing waited: now it does.")
    services.witness(keys=settings.PORTAL_KEYS, storage=checkpoints.place())
    moment = clock.now().astimezone(UTC)
    folder = into / moment.strftime(STAMP)
    manifests.keys_of(folder).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with unfinished(into) as place:
        dump(folder.name, place, say)
        os.replace(place / "keys.dump", manifests.keys_of(folder))
        os.replace(place, folder)
    return Made(folder, forget_keys(into, moment))


@contextmanager
def unfinished(into: Path) -> Iterator[Path]:
    """A folder to work in, one backup at a time. What is in it holds keys: it goes however this ends, and what a run
    that was killed left there goes when the next begins. Raises Running."""
    place = into / UNFINISHED
    with (into / LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Running from None
        try:
            clear(place)
            place.mkdir(mode=0o700)
            yield place
        finally:
            clear(place)


def clear(place: Path) -> None:
    """Raises OSError: keys that cannot be removed must not be passed over."""
    if place.exists():
        shutil.rmtree(place)


def dump(name: str, into: Path, say: Callable[[str], None]) -> None:
    role = programs.as_backup()
    with programs.speaking(role) as reader:
        # While nobody can write a line: what the snapshot holds is in the journal by then, or waits for it.
        with journal.held(settings.PORTAL_JOURNAL) as file:
            head = file.head()
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = value(reader, "SELECT pg_export_snapshot()")
        apart = [f"--exclude-table-data=public.{table}" for table in (*LEFT_OUT, KEY_TABLE)]
        say("Dumping the database …")
        write(snapshot, manifests.dump_of(into), role, *apart)
        say("Dumping the customers' keys apart …")
        write(snapshot, into / "keys.dump", role, "--data-only", f"--table=public.{KEY_TABLE}")
        say("Counting …")
        note = value(reader, LOG)
        sealed = checkpoints.parsed(note) if note else checkpoints.Sealed(services.origin(), 0, bytes(32))
        manifest = Manifest(
            backup=name,
            database=manifests.hash_of(manifests.dump_of(into)),
            keys=manifests.hash_of(into / "keys.dump"),
            counts=counts(reader),
            log_origin=sealed.origin,
            log_size=sealed.size,
            log_root=sealed.root.hex(),
            entries=value(reader, "SELECT count(*) FROM ledger_entry"),
            journal_number=head.number,
            journal_hash=head.hash.hex(),
            waiting=[hash for (hash,) in reader.execute(WAITING).fetchall()],
        )
    signed = signing.sign_note(manifest.text, services.backups_name(), signing.signer(settings.PORTAL_KEYS))
    kept(into / manifests.NAME, signed.encode())


def write(snapshot: str, path: Path, role: dict[str, Any], *options: str) -> None:
    """Never --enable-row-security: under a policy that would dump nothing and say nothing."""
    kept(path, b"")
    programs.run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={path}", *options, params=role)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def kept(path: Path, content: bytes) -> None:
    """Written so that nobody else can read it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def counts(reader: psycopg.Connection) -> dict[str, int]:
    """Rows of every table that is in the backup."""
    tables: Iterable[str] = [table for (table,) in reader.execute(TABLES).fetchall() if table not in LEFT_OUT]
    return {table: count(reader, table) for table in tables}


def count(reader: psycopg.Connection, table: str) -> int:
    row = reader.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def value(reader: psycopg.Connection, query: Any) -> Any:
    row = reader.execute(query).fetchone()
    return row[0] if row else None


def forget_keys(into: Path, now: datetime) -> list[str]:
    """Throw away the keys of backups older than 7 days: an old key would undo an erasure."""
    gone = []
    for path in sorted((into / manifests.KEYS).glob("*.dump")):
        if is_older(path.stem, now - KEYS_KEPT):
            path.unlink()
            gone.append(path.stem)
    return gone


def is_older(stamp: str, moment: datetime) -> bool:
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC) < moment
    except ValueError:
        return False
