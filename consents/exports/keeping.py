"""Finished packages on disk, sealed: AES-256-GCM in chunks, under a key of each that our own key wraps.

A file is `magic | id of the wrapping key | wrapped key | chunks`. Place and end are bound into each chunk: none can be
changed, moved, left out or cut off unseen. Reading begins at any byte. Nothing is ever on disk in clear.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings

from consents.core import sealing
from consents.core.sealing import CannotOpen

MAGIC = b"portal export 1\n"
CHUNK = 256 * 1024
QUIET_SECONDS = 60  # a reader may be slow; a writer that is silent for so long has most likely died
OVERHEAD = 1 + sealing.NONCE_BYTES + 16
WRAPPED = sealing.KEY_BYTES + OVERHEAD
HEADER = len(MAGIC) + 8 + WRAPPED


class NotKept(Exception):
    """The file is gone, damaged or under a key that is gone."""


def path_of(id: UUID) -> Path:
    return Path(settings.PORTAL_EXPORTS) / f"{id}.sealed"


class Keeper:
    """Writes one package under another name until `finish`; what it leaves when it is killed is written over."""

    def __init__(self, id: UUID) -> None:
        self.path, self.id, self.held, self.number = path_of(id), str(id), bytearray(), 0
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        kid, wrapped = sealing.new_key(settings.KEYRING, self.owner)
        self.sealer = sealing.Sealer(sealing.unwrap(settings.KEYRING, kid, wrapped, self.owner), self.owner)
        self.draft = self.path.with_suffix(".part")
        self.file: IO[bytes] = os.fdopen(os.open(self.draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self.file.write(MAGIC + kid.encode().ljust(8) + wrapped)

    @property
    def owner(self) -> str:
        return f"export {self.id}"

    def write(self, some: bytes) -> None:
        self.held += some
        # The last chunk is known as such only when nothing follows.
        while len(self.held) > CHUNK:
            self.seal(bytes(self.held[:CHUNK]), "more")
            del self.held[:CHUNK]

    def seal(self, chunk: bytes, what_follows: str) -> None:
        self.file.write(self.sealer.seal(chunk, str(self.number), what_follows))
        self.number += 1

    def finish(self) -> None:
        self.seal(bytes(self.held), "end")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self.draft.replace(self.path)

    def drop(self) -> None:
        self.file.close()
        self.draft.unlink(missing_ok=True)


@dataclass(frozen=True)
class Kept:
    """A package that lies there whole."""

    path: Path
    id: str
    key: bytes
    size: int

    @classmethod
    def of(cls, id: UUID) -> "Kept":
        """Raises NotKept."""
        path, owner = path_of(id), f"export {id}"
        try:
            with path.open("rb") as file:
                header = file.read(HEADER)
                length = os.fstat(file.fileno()).st_size - HEADER
            kid, wrapped = header[len(MAGIC) :][:8].decode().strip(), header[-WRAPPED:]
            key = sealing.unwrap(settings.KEYRING, kid, wrapped, owner)
        except (OSError, ValueError, CannotOpen):
            raise NotKept from None
        whole, rest = divmod(length, CHUNK + OVERHEAD)
        if length < OVERHEAD or 0 < rest < OVERHEAD:
            raise NotKept
        return cls(path, owner, key, whole * CHUNK + (rest - OVERHEAD if rest else 0))

    def read(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `end`. Raises NotKept where it is not as it was sealed."""
        end = self.size if end is None else min(end, self.size)
        last = max(0, (self.size - 1) // CHUNK)
        with self.path.open("rb") as file:
            for number in range(start // CHUNK, -(-end // CHUNK)):
                file.seek(HEADER + number * (CHUNK + OVERHEAD))
                place = (self.id, str(number), "end" if number == last else "more")
                try:
                    chunk = sealing.unseal(self.key, file.read(CHUNK + OVERHEAD), *place)
                except CannotOpen:
                    raise NotKept from None
                yield chunk[max(0, start - number * CHUNK) : end - number * CHUNK]


def written_so_far(id: UUID) -> tuple[int, bool] | None:
    """How much of a package there is, and whether it still grows; None when nobody writes it or began to."""
    try:
        found = path_of(id).with_suffix(".part").stat()
    except OSError:
        return None
    return found.st_size, time.time() - found.st_mtime < QUIET_SECONDS


def forget(before: float) -> int:
    """Remove whatever was last written before that moment (seconds since 1970); how many there were."""
    old = [path for path in Path(settings.PORTAL_EXPORTS).glob("*.*") if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
