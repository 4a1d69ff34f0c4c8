"""Checkpoints (C2SP tlog-checkpoint): what the log was at a size, signed, kept where the database cannot reach.

Where: Django's storage `checkpoints` (a folder by default; by setting S3, or any other storage back end).
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from consents.core.signing import NotVerified, open_note, sign_note

SUFFIX = ".checkpoint"
LARGEST = 10_000  # bytes of a note worth reading


class OutOfReach(OSError):
    """The place where checkpoints are kept does not answer, or refuses. Carries a sentence without its address."""


@dataclass(frozen=True)
class Sealed:
    """What a checkpoint says: the log's name, how many entries it had and the root of their tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def signed(sealed: Sealed, key: Ed25519PrivateKey) -> str:
    return sign_note(sealed.text, sealed.origin, key)


def verified(note: str, keys: Iterable[Ed25519PublicKey]) -> Sealed:
    """What the note says. Raises NotVerified with a sentence when it is damaged or not signed by one of the keys."""
    sealed = parsed(note)
    if open_note(note, sealed.origin, keys) != sealed.text:
        raise NotVerified("It is not a checkpoint of three lines.")
    return sealed


def parsed(note: str) -> Sealed:
    try:
        origin, size, root = note.partition("\n\n")[0].split("\n")
        sealed = Sealed(origin, int(size), base64.b64decode(root, validate=True))
    except (ValueError, binascii.Error):
        raise NotVerified("It is not a checkpoint of three lines.") from None
    if not origin or len(sealed.root) != 32 or sealed.text != f"{origin}\n{size}\n{root}\n" or sealed.size < 0:
        raise NotVerified("It is not a checkpoint of three lines.")
    return sealed


def place() -> Storage:
    return storages["checkpoints"]


def name_of(sealed: Sealed, at: datetime) -> str:
    """A folder per day, so that the newest is found without listing them all; names sort as they were made, also those
    of a log that goes on, shorter, under another name."""
    moment, number = at.astimezone(UTC), sealed.origin.rpartition("/")[2]
    generation = f"g{int(number):03d}-" if number.isdecimal() else ""
    return f"{moment:%Y-%m-%d}/{generation}{sealed.size:015d}-{moment:%Y%m%dT%H%M%SZ}{SUFFIX}"


@contextmanager
def reached() -> Iterator[None]:
    """Each storage back end raises the errors of its own library: they become OutOfReach."""
    try:
        yield
    except OSError:
        raise
    except Exception as reason:
        raise OutOfReach(f"The place of the checkpoints cannot be used ({type(reason).__name__}).") from reason


@reached()
def publish(storage: Storage, name: str, note: str) -> None:
    """Keep the note outside; one that is there already is never written over."""
    if not storage.exists(name):
        storage.save(name, ContentFile(note.encode()))


def newest(storage: Storage) -> str | None:
    """Name of the newest checkpoint kept."""
    for day in sorted(listed(storage, "")[0], reverse=True):
        if files := [name for name in listed(storage, day)[1] if name.endswith(SUFFIX)]:
            return f"{day}/{max(files)}"
    return None


def kept(storage: Storage) -> Iterator[str]:
    """Names of all that are kept, oldest first."""
    folders, files = listed(storage, "")
    yield from sorted(name for name in files if name.endswith(SUFFIX))
    for day in sorted(folders):
        yield from (f"{day}/{name}" for name in sorted(listed(storage, day)[1]) if name.endswith(SUFFIX))


@reached()
def listed(storage: Storage, folder: str) -> tuple[list[str], list[str]]:
    """Storages differ in what they say of a folder that was never written."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return folders, files


def read(storage: Storage, name: str) -> str:
    """The note. Raises NotVerified when it is not text of a note's size."""
    with reached(), storage.open(name) as file:
        content = file.read(LARGEST + 1)
    try:
        if len(content) <= LARGEST:
            return str(content.decode())
    except UnicodeDecodeError:
        pass
    raise NotVerified("It is not a checkpoint of three lines.")


def key_ids(note: str) -> list[str]:
    """Ids (hexadecimal) of the keys that signed a note of ours."""
    lines = note.rpartition("\n\n")[2].splitlines()
    return [base64.b64decode(line.rpartition(" ")[2])[:4].hex() for line in lines]
