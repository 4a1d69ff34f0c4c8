"""The journal outside: what closed something, line by line, in a file that no restore of the database brings back.

Each line holds a ledger entry as it was hashed and names the hash of the line before. Signed heads (number of lines
and hash of the last one) lie with the checkpoints, so that a journal that was cut is noticed. Pseudonymous.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from json.encoder import encode_basestring as quoted
from pathlib import Path

from django.core.files.storage import Storage

from consents.ledger.checkpoints import listed
from consents.ledger.rules import START, entry_hash

if sys.platform != "win32":
    import fcntl

NAME = "journal.jsonl"
HEADS = "journal"
SUFFIX = ".head"
PIECE = 8_192  # bytes read at once from the end
WAIT_SECONDS = 5.0
PAUSE = 0.005


class JournalBroken(Exception):
    """Carries a sentence."""


class JournalBusy(OSError):
    """Another process has been writing for too long."""


@dataclass(frozen=True)
class Head:
    """How far the journal goes: number of lines, and the hash of the last one."""

    number: int
    hash: bytes


@dataclass(frozen=True)
class Line:
    """`entry` is a canonical text of the ledger, `hash` its hash there; numbers count from 1."""

    number: int
    entry: str
    hash: str
    previous: str

    @property
    def text(self) -> str:
        """RFC 8785, like everything that is hashed."""
        return (
            f'{{"entry":{quoted(self.entry)},"hash":{quoted(self.hash)},"number":{self.number}'
            f',"previous":{quoted(self.previous)}}}'
        )

    @property
    def head(self) -> Head:
        return Head(self.number, hashlib.sha256(self.text.encode()).digest())


EMPTY = Head(0, START)


class Journal:
    """The open file, held by one process at a time."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def append(self, entries: Iterable[tuple[str, bytes]]) -> None:
        """Add (canonical text, hash) and return when the disk has them."""
        head, lines = self.head(), []
        for text, hash in entries:
            line = Line(head.number + 1, text, bytes(hash).hex(), head.hash.hex())
            lines.append(line.text + "\n")
            head = line.head
        write_whole(self.descriptor, "".join(lines).encode())
        os.fsync(self.descriptor)

    def head(self) -> Head:
        """Where the file ends. The rest of a line that a crash cut short was never answered for: it goes."""
        size = os.fstat(self.descriptor).st_size
        ends = self.from_the_end(size)
        cut, last = next(ends), next(ends, None)
        if cut:
            os.ftruncate(self.descriptor, size - len(cut))
        return parsed(last.decode(errors="replace")).head if last is not None else EMPTY

    def backwards(self) -> Iterator[Line]:
        """Every line from the last to the first, each followed by the one before. Raises JournalBroken."""
        after: Line | None = None
        for text in islice(self.from_the_end(os.fstat(self.descriptor).st_size), 1, None):
            line = parsed(text.decode(errors="replace"))
            if after and (line.number + 1, line.head.hash.hex()) != (after.number, after.previous):
                raise JournalBroken(f"Line {after.number} of the journal does not follow the one before.")
            yield line
            after = line

    def from_the_end(self, size: int) -> Iterator[bytes]:
        """What stands after the last end of a line, then the lines before it, however long they are."""
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


def write_whole(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


@contextmanager
def held(folder: Path) -> Iterator[Journal]:
    """The journal, made when there is none. Raises JournalBusy or another OSError."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError:
        descriptor = new(folder)
    try:
        lock(descriptor)
        yield Journal(descriptor)
    finally:
        os.close(descriptor)


def new(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    sync_folder(folder)
    return descriptor


def lock(descriptor: int) -> None:
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


def lines(folder: Path) -> Iterator[Line]:
    """Every line, each checked against the one before and its entry against the entry's hash. Raises JournalBroken."""
    head = EMPTY
    if not (folder / NAME).exists():
        return
    with (folder / NAME).open(encoding="utf-8", newline="\n") as file:
        for text in file:
            line = parsed(text.removesuffix("\n")) if text.endswith("\n") else None
            if line is None:
                return  # cut short by a crash before it was answered for
            follows = (line.number, line.previous) == (head.number + 1, head.hash.hex())
            if not follows or entry_hash(line.entry).hex() != line.hash:
                raise JournalBroken(f"Line {head.number + 1} of the journal is not the one that was written.")
            head = line.head
            yield line


def parsed(text: str) -> Line:
    try:
        line = Line(**json.loads(text))
        if line.text == text:
            return line
    except (ValueError, TypeError):
        pass
    raise JournalBroken("A line of the journal is damaged.")


def kept_heads(storage: Storage) -> Iterator[str]:
    """Names of the signed heads kept, newest first."""
    for day in sorted(listed(storage, HEADS)[0], reverse=True):
        files = [name for name in listed(storage, f"{HEADS}/{day}")[1] if name.endswith(SUFFIX)]
        yield from (f"{HEADS}/{day}/{name}" for name in sorted(files, reverse=True))


def newest_head(storage: Storage) -> str | None:
    return next(kept_heads(storage), None)


def number_in(name: str) -> int:
    """How many lines the head of this name is of; one that does not say so may be of any number."""
    number = name.rpartition("/")[2].partition("-")[0]
    return int(number) if number.isdecimal() else sys.maxsize
