"""Write the journal: closing entries, line by line, in a file outside that no restore of the database brings back.

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
from itertools import islice
from json.encoder import encode_basestring as quoted
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage

from consents.core.keys import Keyring
from consents.ledger.checkpoints import list_folder
from consents.ledger.rules import START, hash_entry

if sys.platform != "win32":
    import fcntl

NAME = "journal.jsonl"
HEADS = "journal"
SUFFIX = ".head"
PIECE = 8_192  # bytes read at once from the end
WAIT_SECONDS = 5.0
PAUSE = 0.005


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
        head, lines = self.head(), []
        for text, hash in entries:
            line = authenticate_line(Line(head.number + 1, text, bytes(hash).hex(), head.hash.hex()), settings.KEYRING)
            lines.append(line.text + "\n")
            head = line.head
        write_all(self.descriptor, "".join(lines).encode())
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
        after: Line | None = None
        for text in islice(self.from_the_end(os.fstat(self.descriptor).st_size), 1, None):
            line = parse_line(text.decode(errors="replace"))
            if after and (line.number + 1, line.head.hash.hex()) != (after.number, after.previous):
                raise JournalBroken(f"Line {after.number} of the journal does not follow the one before.")
            yield line
            after = line

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


def write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


@contextmanager
def open_journal(folder: Path) -> Iterator[Journal]:
    """Lock and open the journal; create it if there is none. Raises JournalBusy or another OSError."""
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
    sync_folder(folder)
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


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_journal(folder: Path) -> Iterator[Line]:
    """Yield every line, each checked against the one before, its entry against the entry's hash, and its code.

    Raises JournalBroken.
    """
    head = EMPTY
    if not (folder / NAME).exists():
        return
    with (folder / NAME).open(encoding="utf-8", newline="\n") as file:
        for text in file:
            line = parse_line(text.removesuffix("\n")) if text.endswith("\n") else None
            if line is None:
                return  # cut short by a crash before it was answered for
            follows = (line.number, line.previous) == (head.number + 1, head.hash.hex())
            if not follows or hash_entry(line.entry).hex() != line.hash or not is_authentic(line, settings.KEYRING):
                raise JournalBroken(f"Line {head.number + 1} of the journal is not the one that was written.")
            head = line.head
            yield line


def read_last_lines(folder: Path, most: int) -> list[Line]:
    """Read the last lines, newest first; none if there is no journal. Raises JournalBroken, OSError."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY)
    except FileNotFoundError:
        return []
    try:
        return list(islice(Journal(descriptor).backwards(), most))
    finally:
        os.close(descriptor)


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
    for day in sorted(list_folder(storage, HEADS)[0], reverse=True):
        files = [name for name in list_folder(storage, f"{HEADS}/{day}")[1] if name.endswith(SUFFIX)]
        yield from (f"{HEADS}/{day}/{name}" for name in sorted(files, reverse=True))


def find_newest_head(storage: Storage) -> str | None:
    return next(list_heads(storage), None)


def parse_head_number(name: str) -> int:
    """Return how many lines the head of this name covers; the largest number if the name does not say."""
    number = name.rpartition("/")[2].partition("-")[0]
    return int(number) if number.isdecimal() else sys.maxsize
