"""Make a backup: one snapshot, two dumps (the customers' keys apart), a signed manifest."""

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.core.files.storage import Storage
from django.db import connection, transaction

from consents.core import clock, safeguards, signing
from consents.core.charts import write_count
from consents.core.keys import compute_checks
from consents.core.refusals import Refusal
from consents.core.signing import NotVerified
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead
from consents.ledger.journal import Head, Journal, JournalBroken, StoredJournal
from consents.ledger.rules import LossStatement, is_stated_lost, parse_generation, read_statements
from consents.ledger.services import appending, sealing
from consents.ops.backups import manifests, programs
from consents.ops.backups.manifests import Manifest
from consents.ops.backups.programs import ClientPrograms
from consents.ops.key_checks import check_recorded_keys
from consents.ops.monitoring import figures

if sys.platform != "win32":
    import fcntl


KEYS_KEPT = timedelta(days=7)
DUMPS_KEPT = timedelta(days=35)
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


@dataclass(frozen=True)
class FinishedBackup:
    """The backup's folder, the names of older backups that were thrown away and of those whose keys were, and what is
    not as the last migration left it."""

    folder: Path
    removed: list[str]
    forgotten: list[str]
    changes: list[safeguards.Change]


def make_backup(into: Path, say: Callable[[str], None], *, is_proven: bool, kept: timedelta) -> FinishedBackup:
    """Back the database up into a new folder inside `into`; the newest entries are sealed and journalled first.
    `is_proven`: restore it on trial before it is kept; else it is read back. `kept`: older backups are thrown away.

    Raises Refusal, NotProven, Refusal, NotEncrypted, NoProgram; of services LedgerMismatch, JournalMismatch,
    JournalBroken; ProgramFailed, OSError, ImproperlyConfigured (also where the database was written with other keys:
    the manifest would name keys that open nothing of it, and the right ones could not restore it).
    """
    if is_proven:
        programs.as_owner()  # nobody waits for a dump, to read then that the trial is not possible
    check_recorded_keys()
    say("Choosing PostgreSQL's programs …")
    tools = programs.choose_programs(programs.as_backup())
    say("Sealing the log and writing the journal …")
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=checkpoints.get_checkpoint_storage())
    appending.write_waiting_entries()
    if missed := appending.write_missing_entries():
        entries = write_count(missed, "entry", "entries")
        say(f"The journal did not tell of {entries} that closed something, and nothing waited: now it does.")
    appending.sign_journal_head(keys=settings.PORTAL_KEYS, storage=checkpoints.get_checkpoint_storage())
    moment = clock.now().astimezone(UTC)
    folder = into / moment.strftime(STAMP)
    manifests.get_keys_path(folder).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open_work_folder(into) as place:
        manifest = dump_database(folder.name, place, tools, say)
        dumps = manifests.get_dump_path(place), place / "keys.dump"
        if is_proven:
            say("Restoring it on trial …")
            manifests.prove_backup(*dumps, manifest, tools)
        else:
            say("Reading it back …")
            manifests.check_dumped_rows(dumps, manifest, tools)
        (place / "keys.dump").replace(manifests.get_keys_path(folder))
        place.replace(folder)
    with transaction.atomic(), connection.cursor() as cursor:
        changes = safeguards.find_changes(cursor)
    figures.remember_success(figures.LAST_BACKUP)
    return FinishedBackup(folder, remove_old_backups(into, moment - kept), forget_keys(into, moment), changes)


@contextmanager
def open_work_folder(into: Path) -> Iterator[Path]:
    """Yield a private folder, to one backup at a time. It holds keys, so it is removed however this ends, and what a
    killed run left there when the next begins. Raises Refusal."""
    place = into / UNFINISHED
    with (into / LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal("Another backup into this folder is running. Nothing was done.") from None
        try:
            remove_work_folder(place)
            place.mkdir(mode=0o700)
            yield place
        finally:
            remove_work_folder(place)


def remove_work_folder(place: Path) -> None:
    """Remove the folder. Raises OSError: keys that cannot be removed must not be passed over."""
    if place.exists():
        shutil.rmtree(place)


def dump_database(name: str, into: Path, tools: ClientPrograms, say: Callable[[str], None]) -> Manifest:
    role = programs.as_backup()
    with programs.connect_as(role) as reader:
        # While nobody can write a line: what the snapshot holds is in the journal by then, or waits for it.
        with journal.open_journal(journal.get_journal_place()) as file:
            snapshot, head = export_snapshot(reader, file)
        apart = [f"--exclude-table-data=public.{table}" for table in (*LEFT_OUT, KEY_TABLE)]
        say("Dumping the database …")
        write_dump(tools, snapshot, manifests.get_dump_path(into), role, *apart)
        say("Dumping the customers' keys apart …")
        write_dump(tools, snapshot, into / "keys.dump", role, "--data-only", f"--table=public.{KEY_TABLE}")
        say("Counting …")
        note = programs.read_value(reader, LOG)
        sealed = (
            checkpoints.parse_checkpoint(note) if note else checkpoints.TreeHead(appending.get_log_name(), 0, bytes(32))
        )
        manifest = Manifest(
            backup=name,
            database=manifests.hash_file(manifests.get_dump_path(into)),
            keys=manifests.hash_file(into / "keys.dump"),
            counts=count_tables(reader),
            log_origin=sealed.origin,
            log_size=sealed.size,
            log_root=sealed.root.hex(),
            entries=programs.read_value(reader, "SELECT count(*) FROM ledger_entry"),
            journal_number=head.number,
            journal_hash=head.hash.hex(),
            waiting=[hash for (hash,) in reader.execute(WAITING).fetchall()],
            key_checks=compute_checks(settings.PORTAL_KEYS),
            programs=tools.version,
        )
    signed = signing.sign_note(
        manifest.text, appending.get_backups_name(), signing.load_newest_key(settings.PORTAL_KEYS)
    )
    write_private_file(into / manifests.NAME, signed.encode())
    return manifest


def export_snapshot(reader: psycopg.Connection, file: Journal | StoredJournal) -> tuple[str, Head]:
    """Begin the snapshot between two looks at the journal that saw the same end: in a folder nobody else writes now."""
    while True:
        head = file.head()
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot: str = programs.read_value(reader, "SELECT pg_export_snapshot()")
        if file.head() == head:
            return snapshot, head
        reader.execute("ROLLBACK")


def write_dump(tools: ClientPrograms, snapshot: str, path: Path, role: dict[str, Any], *options: str) -> None:
    """Run pg_dump. Never with --enable-row-security: under a policy that would dump nothing and say nothing."""
    write_private_file(path, b"")
    programs.run_program(
        "pg_dump",
        "--format=custom",
        "--no-large-objects",
        f"--snapshot={snapshot}",
        f"--file={path}",
        *options,
        tools=tools,
        params=role,
    )
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_private_file(path: Path, content: bytes) -> None:
    """Write a file that only this user can read, and flush it to disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def count_tables(reader: psycopg.Connection) -> dict[str, int]:
    tables = [table for (table,) in reader.execute(TABLES).fetchall() if table not in LEFT_OUT]
    return {table: programs.count_rows(reader, table) for table in tables}


def forget_keys(into: Path, now: datetime) -> list[str]:
    """Throw away the keys of backups older than 7 days: an old key would undo an erasure."""
    gone = []
    for path in sorted((into / manifests.KEYS).glob("*.dump")):
        if is_older(path.stem, now - KEYS_KEPT):
            path.unlink()
            gone.append(path.stem)
    return gone


def remove_old_backups(into: Path, before: datetime) -> list[str]:
    """Throw away whole backups made before that moment, but never the newest of all."""
    old = [folder for folder in manifests.list_backups(into)[:-1] if is_older(folder.name, before)]
    for folder in old:
        manifests.get_keys_path(folder).unlink(missing_ok=True)
        shutil.rmtree(folder)
    return [folder.name for folder in old]


def is_older(stamp: str, moment: datetime) -> bool:
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC) < moment
    except ValueError:
        return False


# Compare a backup, or a database, with what is kept outside: is it the same history, and what would be lost?


@dataclass(frozen=True)
class KnownHistory:
    """Describe what a backup or a database holds: its newest checkpoint; the journal up to the first line that it may
    lack; and the hashes of the entries of later lines that it does hold. `name` is what its restoration is called.
    """

    name: str
    log: TreeHead
    journal: Head
    later: frozenset[str]


@dataclass(frozen=True)
class UnsignedLine:
    """A line past the last signed head that a restoration would do again: what happened, and to whom or what."""

    number: int
    event: str
    about: str


class NoCheckpoint(Refusal):
    sentence = (
        "The newest checkpoint of this backup or database is not among those kept outside: they are missing, were cut, "
        "or belong to another ledger. Nothing was restored."
    )


class WrongCheckpoint(Refusal):
    sentence = "A checkpoint or statement kept outside is damaged or not signed by us. Nothing was restored."


class JournalCut(Refusal):
    sentence = (
        "The journal outside is missing, was cut or changed: what was closed since then could come back. "
        "Nothing was restored."
    )


class WouldLose(Refusal):
    """Entries of the log after `size` would be lost, as its newest checkpoint shows."""

    sentence = (
        "The newest checkpoint outside tells of %(sealed)d entries, and here are %(size)d: at least the last "
        "%(entries)d entries are lost. Run it again with --accept-loss to go on without them; a signed statement will "
        "say so. Nothing was restored."
    )


class WouldLoseJournalled(WouldLose):
    """Entries would be lost that only the journal tells of: none of them was sealed."""

    sentence = (
        "The journal outside tells of %(entries)d entries that are not here: at least these are lost, "
        "though what they closed is closed again. Run it again with --accept-loss to go on without them. Nothing was "
        "restored."
    )


class BeyondLastHead(Refusal):
    """Lines past the last signed head would be done again, and nobody has said that they should."""

    sentence = (
        "The journal has %(lines)d lines past its last signed head. Doing them again would mean: %(acts)s. They "
        "were written after the worker had last signed, or added since by someone who has the keys. Look at them, then "
        "run it again with --beyond-the-last-head to do them again too, or move them out of the journal. Nothing was "
        "restored."
    )

    def __init__(self, lines: Sequence[UnsignedLine]) -> None:
        acts = Counter(line.event for line in lines)
        told = ", ".join(f"{event} ({number})" for event, number in sorted(acts.items()))
        super().__init__(self.sentence % {"lines": len(lines), "acts": told})


@dataclass(frozen=True)
class LostEntries:
    """The newest checkpoint outside, of entries that are not known, and the log's next generation."""

    sealed: TreeHead
    generation: int


@dataclass(frozen=True)
class JournalledSince:
    """The number of lines in the journal, of entries in it that are not known, and the unsigned lines."""

    lines: int
    beyond: int
    unsigned: tuple[UnsignedLine, ...] = ()


def read_loss_statements(storage: Storage, keys: list[Ed25519PublicKey]) -> list[LossStatement]:
    try:
        return [statement for _name, statement in read_statements(storage, keys)]
    except NotVerified:
        raise WrongCheckpoint from None


def find_loss(known: KnownHistory, storage: Storage, keys: list[Ed25519PublicKey]) -> LostEntries | None:
    """Return what the newest checkpoint outside tells of beyond what is known; None when all of it is known.

    Raises NoCheckpoint, WrongCheckpoint, Refusal.
    """
    own = known.log
    stated = read_loss_statements(storage, keys)
    newest = checkpoints.find_newest_checkpoint(storage)
    if newest is None:
        if own.size:
            raise NoCheckpoint
        return None
    if own.size and own not in read_verified_checkpoints(
        storage, checkpoints.list_checkpoints(storage), keys, own.size
    ):
        raise NoCheckpoint
    if is_stated_lost(own, stated):
        raise Refusal("This is of a history that a later restoration has stated to be lost. Nothing was restored.")
    [outside] = read_verified_checkpoints(storage, [newest], keys)
    if outside == own:
        return None
    generations = [parse_generation(outside.origin), *(statement.generation for statement in stated)]
    return LostEntries(outside, max(generations) + 1)


def read_verified_checkpoints(
    storage: Storage, names: Iterable[str], keys: list[Ed25519PublicKey], size: int | None = None
) -> list[TreeHead]:
    """Read and verify the checkpoints of these names, or those of one size (in the name, so that few are read)."""
    try:
        chosen = [name for name in names if size is None or f"{size:015d}-" in name]
        return [checkpoints.verify_checkpoint(checkpoints.read_note(storage, name), keys) for name in chosen]
    except NotVerified:
        raise WrongCheckpoint from None


def check_journal(
    known: KnownHistory, folder: Path | Storage, storage: Storage, keys: list[Ed25519PublicKey]
) -> JournalledSince:
    """Read the whole journal: every line must follow, and it must pass every head signed since then.

    Raises JournalCut, WrongCheckpoint.
    """
    heads = {known.journal}
    later = (name for name in journal.list_heads(storage) if journal.parse_head_number(name) >= known.journal.number)
    heads.update(Head(sealed.size, sealed.root) for sealed in read_verified_checkpoints(storage, later, keys))
    signed = max(head.number for head in heads)
    heads.discard(journal.EMPTY)
    number, beyond, unsigned = 0, set[str](), list[UnsignedLine]()
    try:
        for line in journal.read_journal(folder):
            heads.discard(line.head)
            number, entry = line.number, json.loads(line.entry)
            if number <= known.journal.number or is_reapplied(entry) or line.hash in known.later:
                continue
            beyond.add(line.hash)
            if number > signed:
                unsigned.append(UnsignedLine(number, entry["event"], entry["customer"] or entry["object"]))
    except JournalBroken:
        raise JournalCut from None
    if heads:
        raise JournalCut
    return JournalledSince(number, len(beyond), tuple(unsigned))


def is_reapplied(entry: dict[str, Any]) -> bool:
    """Tell whether an earlier restoration made this entry: its original stands further up."""
    return "original" in entry["details"]
