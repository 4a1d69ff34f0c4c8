"""Write the journal: closing entries, line by line, outside, where no restore of the database brings an older one back.

In a folder it is one file, which a lock lets one process write at a time. In any other storage each append is an object
of its own, named by the number of its first line: of two writers at one moment only one gets the name.

Each line holds a ledger entry as it was hashed, names the hash of the line before, and is authenticated by a key from
outside (HMAC-SHA-256): whoever can write the file alone adds nothing. Signed heads (number of lines and hash of the
last one) lie with the checkpoints, so that a truncated journal is noticed. Pseudonymous.
"""

import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from json.encoder import encode_basestring as quoted
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.core.files.storage import Storage

from consents.core.keys import Keyring, flush_to_disk
from consents.core.storages import open_storage
from consents.ledger.checkpoints import (
    create_once,
    list_files_below,
    read_note,
    translate_storage_errors,
    verify_checkpoint,
)
from consents.ledger.rules import START, hash_entry

if sys.platform != "win32":
    import fcntl

NAME = "journal.jsonl"
HEADS = "journal"
SUFFIX = ".head"
PIECE = 8_192  # bytes read at once from the end
WAIT_SECONDS = 5.0
PAUSE = 0.005
LINES = "lines"
PER_FOLDER = 1_000  # lines: so that the newest is found without listing them all
TRIES = 5


class JournalBroken(Exception):
    """Signal a damaged or changed journal. Carries a sentence."""


class JournalBusy(OSError):
    """Signal that another process has held the journal for too long."""


@dataclass(frozen=True)
class Head:
    """The end of the journal: its number of lines, and the hash of the last one."""

    number: int
    hash: bytes


@dataclass(frozen=True)
class Line:
    """A line of the journal. `entry` is a canonical text of the ledger, `hash` its hash there; numbers count from 1.

    `mac` authenticates everything else in it with the key of id `key`.
    """

    number: int
    entry: str
    hash: str
    previous: str
    key: str = ""
    mac: str = ""

    @property
    def text(self) -> str:
        """Return the line as RFC 8785, like everything that is hashed."""
        return (
            f'{{"entry":{quoted(self.entry)},"hash":{quoted(self.hash)},"key":{quoted(self.key)}'
            f',"mac":{quoted(self.mac)},"number":{self.number},"previous":{quoted(self.previous)}}}'
        )

    @property
    def head(self) -> Head:
        return Head(self.number, hashlib.sha256(self.text.encode()).digest())


EMPTY = Head(0, START)


def authenticate_line(line: Line, keyring: Keyring) -> Line:
    """Return the line with its code under the newest key of the journal."""
    named = replace(line, key=keyring.journal_current, mac="")
    return replace(named, mac=compute_mac(named, keyring.journal[named.key]))


def is_authentic(line: Line, keyring: Keyring) -> bool:
    try:
        expected = compute_mac(replace(line, mac=""), keyring.journal[line.key])
    except KeyError:
        return False
    return hmac.compare_digest(expected, line.mac)


def compute_mac(line: Line, key: bytes) -> str:
    return hmac.new(key, b"journal\0" + line.text.encode(), hashlib.sha256).hexdigest()


class Journal:
    """Hold the open file; one process at a time."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def append(self, entries: Iterable[tuple[str, bytes]]) -> None:
        """Append (canonical text, hash) of each entry and return when the disk has them."""
        write_all(self.descriptor, build_lines(self.head(), entries))
        os.fsync(self.descriptor)

    def head(self) -> Head:
        """Return where the file ends, and cut off an unfinished line that a crash left: it was never acknowledged."""
        size = os.fstat(self.descriptor).st_size
        ends = self.from_the_end(size)
        cut, last = next(ends), next(ends, None)
        if cut:
            os.ftruncate(self.descriptor, size - len(cut))
        return parse_line(last.decode(errors="replace")).head if last is not None else EMPTY

    def backwards(self) -> Iterator[Line]:
        """Yield every line from the last to the first, each checked against the one after it. Raises JournalBroken."""
        return check_backwards(islice(self.from_the_end(os.fstat(self.descriptor).st_size), 1, None))

    def from_the_end(self, size: int) -> Iterator[bytes]:
        """Yield the text after the last line break, then the lines before it, however long they are."""
        rest: list[bytes] = []  # pieces of a line whose beginning is not read yet, the last piece first
        while size:
            start = max(0, size - PIECE)
            first, *others = os.pread(self.descriptor, size - start, start).split(b"\n")
            for text in reversed(others):
                yield text + b"".join(reversed(rest))
                rest = []
            rest.append(first)
            size = start
        yield b"".join(reversed(rest))


class StoredJournal:
    """The journal in a storage of objects, such as S3: an object for each append, never written over."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def append(self, entries: Iterable[tuple[str, bytes]]) -> None:
        """Append (canonical text, hash) of each entry. Raises JournalBusy where others are always faster."""
        entries = list(entries)
        for _try in range(TRIES):
            head = self.head()
            with translate_storage_errors("journal"):
                if create_once(self.storage, name_lines(head.number + 1), build_lines(head, entries)):
                    return
        raise JournalBusy("The journal is written by others at the same time.")

    def head(self) -> Head:
        """Return where the journal ends."""
        last = next(self.from_the_end(), None)
        return parse_line(last.decode(errors="replace")).head if last is not None else EMPTY

    def backwards(self) -> Iterator[Line]:
        """Yield every line from the last to the first, each checked against the one after it. Raises JournalBroken."""
        return check_backwards(self.from_the_end())

    def from_the_end(self) -> Iterator[bytes]:
        for name in self.list_names(newest_first=True):
            yield from reversed(self.read_lines(name))

    def forwards(self) -> Iterator[bytes]:
        for name in self.list_names():
            yield from self.read_lines(name)

    def list_names(self, *, newest_first: bool = False) -> Iterator[str]:
        return list_files_below(self.storage, LINES, newest_first=newest_first)

    def read_lines(self, name: str) -> list[bytes]:
        with translate_storage_errors("journal"), self.storage.open(name) as file:
            return bytes(file.read()).splitlines()


def name_lines(number: int) -> str:
    return f"{LINES}/{number // PER_FOLDER:09d}/{number:012d}.jsonl"


def build_lines(head: Head, entries: Iterable[tuple[str, bytes]]) -> bytes:
    """Build the lines that follow `head`, of (canonical text, hash) of each entry."""
    lines = []
    for text, hash in entries:
        line = authenticate_line(Line(head.number + 1, text, bytes(hash).hex(), head.hash.hex()), settings.KEYRING)
        lines.append(line.text + "\n")
        head = line.head
    return "".join(lines).encode()


def check_backwards(texts: Iterable[bytes]) -> Iterator[Line]:
    """Yield the lines of these texts, last line first, each checked against the one after it. Raises JournalBroken."""
    after: Line | None = None
    for text in texts:
        line = parse_line(text.decode(errors="replace"))
        if after and (line.number + 1, line.head.hash.hex()) != (after.number, after.previous):
            raise JournalBroken(f"Line {after.number} of the journal does not follow the one before.")
        yield line
        after = line


def get_journal_place() -> Path | Storage:
    """Return where the journal lies: a folder, or the storage of PORTAL_JOURNAL_BACKEND."""
    folder: Path = settings.PORTAL_JOURNAL
    return open_storage("journal") if "journal" in settings.STORAGES else folder


def write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


@contextmanager
def open_journal(folder: Path | Storage) -> Iterator[Journal | StoredJournal]:
    """Open the journal, in a folder locked; create it if there is none. Raises JournalBusy or another OSError."""
    if isinstance(folder, Storage):
        yield StoredJournal(folder)
        return
    try:
        descriptor = os.open(folder / NAME, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError:
        descriptor = create_journal(folder)
    try:
        lock_journal(descriptor)
        yield Journal(descriptor)
    finally:
        os.close(descriptor)


def create_journal(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    flush_to_disk(folder)
    return descriptor


def lock_journal(descriptor: int) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise JournalBusy("The journal is held by another process.") from None
            time.sleep(PAUSE)


def read_journal(folder: Path | Storage) -> Iterator[Line]:
    """Yield every line, each checked against the one before, its entry against the entry's hash, and its code.

    Raises JournalBroken.
    """
    head = EMPTY
    for text in read_texts(folder):
        line = parse_line(text)
        follows = (line.number, line.previous) == (head.number + 1, head.hash.hex())
        if not follows or hash_entry(line.entry).hex() != line.hash or not is_authentic(line, settings.KEYRING):
            raise JournalBroken(f"Line {head.number + 1} of the journal is not the one that was written.")
        head = line.head
        yield line


def read_texts(folder: Path | Storage) -> Iterator[str]:
    """Yield the text of every line, without one that a crash cut short before it was answered for."""
    if isinstance(folder, Storage):
        for line in StoredJournal(folder).forwards():
            yield line.decode(errors="replace")
    elif (folder / NAME).exists():
        with (folder / NAME).open(encoding="utf-8", newline="\n") as file:
            for text in file:
                if not text.endswith("\n"):
                    return
                yield text.removesuffix("\n")


def read_last_lines(folder: Path | Storage, most: int) -> list[Line]:
    """Read the last lines, newest first; none if there is no journal. Raises JournalBroken, OSError."""
    if isinstance(folder, Storage):
        return list(islice(StoredJournal(folder).backwards(), most))
    try:
        with (folder / NAME).open("rb") as file:
            return list(islice(Journal(file.fileno()).backwards(), most))
    except FileNotFoundError:
        return []


def parse_line(text: str) -> Line:
    try:
        line = Line(**json.loads(text))
        if line.text == text:
            return line
    except (ValueError, TypeError):
        pass
    raise JournalBroken("A line of the journal is damaged.")


def list_heads(storage: Storage) -> Iterator[str]:
    """List the names of the signed heads kept, newest first."""
    return list_files_below(storage, HEADS, SUFFIX, newest_first=True)


def find_newest_head(storage: Storage) -> str | None:
    return next(list_heads(storage), None)


def read_newest_head(storage: Storage, keys: Iterable[Ed25519PublicKey]) -> Head:
    """Return the head that was signed last, EMPTY if none was. Raises NotVerified, OSError."""
    name = find_newest_head(storage)
    if name is None:
        return EMPTY
    sealed = verify_checkpoint(read_note(storage, name), keys)
    return Head(sealed.size, sealed.root)


def contains_head(file: Journal | StoredJournal, head: Head) -> bool:
    """Search from the journal's end: the newest head was signed a minute ago. Raises JournalBroken."""
    later = takewhile(lambda line: line.number >= head.number, file.backwards())
    return head == EMPTY or head in (line.head for line in later)


def parse_head_number(name: str) -> int:
    """Return how many lines the head of this name covers; the largest number if the name does not say."""
    number = name.rpartition("/")[2].partition("-")[0]
    return int(number) if number.isdecimal() else sys.maxsize
