"""Sign and keep checkpoints (C2SP tlog-checkpoint): what the log was at a size, kept out of the database's reach.

They lie in Django's storage `checkpoints`: a folder by default; by setting S3, or any other storage back end.
"""

import base64
import binascii
import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage

from consents.core.signing import NotVerified, sign_note, verify_note
from consents.core.storages import open_storage

SUFFIX = ".checkpoint"
LARGEST = 10_000  # bytes of a note worth reading
UNDER_WAY = "."  # how the name of a file begins that is still being written
READABLE = 0o644
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


class StorageUnavailable(OSError):
    """Signal that the storage of the checkpoints does not answer, or refuses. Carries a sentence without its
    address.
    """


@dataclass(frozen=True)
class TreeHead:
    """The content of a checkpoint: the log's name, its number of entries and the root of their tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(sealed: TreeHead, key: Ed25519PrivateKey) -> str:
    return sign_note(sealed.text, sealed.origin, key)


def verify_checkpoint(note: str, keys: Iterable[Ed25519PublicKey]) -> TreeHead:
    """Return the content of a signed note.

    Raises NotVerified with a sentence if the note is damaged or not signed by one of the keys.
    """
    sealed = parse_checkpoint(note)
    if verify_note(note, sealed.origin, keys) != sealed.text:
        raise NotVerified("It is not a checkpoint of three lines.")
    return sealed


def parse_checkpoint(note: str) -> TreeHead:
    try:
        origin, size, root = note.partition("\n\n")[0].split("\n")
        sealed = TreeHead(origin, int(size), base64.b64decode(root, validate=True))
    except (ValueError, binascii.Error):
        raise NotVerified("It is not a checkpoint of three lines.") from None
    if not origin or len(sealed.root) != 32 or sealed.text != f"{origin}\n{size}\n{root}\n" or sealed.size < 0:
        raise NotVerified("It is not a checkpoint of three lines.")
    return sealed


def get_checkpoint_storage() -> Storage:
    return open_storage("checkpoints")


def name_checkpoint(sealed: TreeHead, at: datetime) -> str:
    """Return the file name of a checkpoint.

    There is a folder per day, so that the newest is found without listing them all. Names sort in the order they were
    made, even after a restoration, when the log goes on shorter and under another name.
    """
    moment, number = at.astimezone(UTC), sealed.origin.rpartition("/")[2]
    generation = f"g{int(number):03d}-" if number.isdecimal() else ""
    return f"{moment:%Y-%m-%d}/{generation}{sealed.size:015d}-{moment:%Y%m%dT%H%M%SZ}{SUFFIX}"


def parse_size(name: str) -> int | None:
    """Return how many entries the checkpoint of this file name covers; None if the name does not say."""
    size = re.match(r"(?:g\d+-)?(\d+)-", name.rpartition("/")[2])
    return int(size[1]) if size else None


@contextmanager
def translate_storage_errors(what: str = "checkpoints") -> Iterator[None]:
    """Raise StorageUnavailable for the errors of a storage's own library; `what` lies there."""
    try:
        yield
    except OSError:
        raise
    except Exception as reason:
        raise StorageUnavailable(f"The place of the {what} cannot be used ({type(reason).__name__}).") from reason


@translate_storage_errors()
def create_note(storage: Storage, name: str, note: str) -> bool:
    """Keep the note outside under a name that is free; False if it is taken: nothing is overwritten."""
    return not storage.exists(name) and create_once(storage, name, note.encode())


def create_once(storage: Storage, name: str, content: bytes) -> bool:
    """Write under a name that is free; False if it is taken. Of two at the same moment one succeeds."""
    if hasattr(storage, "bucket"):
        return put_if_absent(storage, name, content)
    if type(storage) is FileSystemStorage:  # what derives from it may write in ways of its own
        return link_if_absent(storage, name, content)
    kept = storage.save(name, ContentFile(content))  # it gives the later one another name
    if kept != name:
        storage.delete(kept)
    return kept == name


def link_if_absent(storage: FileSystemStorage, name: str, content: bytes) -> bool:
    """Write to a folder. A file has its name once it is whole: who reads meanwhile finds all of it or nothing."""
    path = Path(storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=UNDER_WAY) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), storage.file_permissions_mode or READABLE)
        with suppress(FileExistsError):
            path.hardlink_to(file.name)
            return True
    return False


def put_if_absent(storage: Any, name: str, content: bytes) -> bool:
    """Write to S3 on the condition that nothing is there. Raises StorageUnavailable where it knows no conditions."""
    place = storage.bucket.Object(storage._normalize_name(posixpath.normpath(name)))
    try:
        place.put(Body=content, IfNoneMatch="*")
    except storage.connection.meta.client.exceptions.ClientError as refused:
        code = refused.response["Error"]["Code"]
        if code in TAKEN:
            return False
        if code == "NotImplemented":
            raise StorageUnavailable(
                "The place outside knows no conditional writes (If-None-Match), without which two portals could write "
                "at once: use another one."
            ) from None
        raise
    return True


def find_newest_checkpoint(storage: Storage) -> str | None:
    """Return the name of the newest checkpoint kept."""
    return next(list_files_below(storage, "", SUFFIX, newest_first=True), None)


def read_newest_checkpoint(storage: Storage, keys: Iterable[Ed25519PublicKey]) -> TreeHead | None:
    """Return what the newest checkpoint kept says. Raises NotVerified, OSError."""
    name = find_newest_checkpoint(storage)
    return verify_checkpoint(read_note(storage, name), keys) if name else None


def list_checkpoints(storage: Storage) -> Iterator[str]:
    """List the names of all checkpoints kept, oldest first."""
    yield from sorted(name for name in list_folder(storage, "")[1] if name.endswith(SUFFIX))
    yield from list_files_below(storage, "", SUFFIX)


def list_files_below(storage: Storage, top: str, suffix: str = "", *, newest_first: bool = False) -> Iterator[str]:
    """List the files in each folder of a folder, where folders and files are named in the order they were made."""
    for folder in sorted(list_folder(storage, top)[0], reverse=newest_first):
        place = posixpath.join(top, folder)
        files = sorted(list_folder(storage, place)[1], reverse=newest_first)
        yield from (f"{place}/{name}" for name in files if name.endswith(suffix))


@translate_storage_errors()
def list_folder(storage: Storage, folder: str) -> tuple[list[str], list[str]]:
    """List the folders and files of a folder; both are empty if it was never written (storages differ here)."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return folders, [name for name in files if not name.startswith(UNDER_WAY)]


def read_note(storage: Storage, name: str) -> str:
    """Read a note. Raises NotVerified if it is not text of a note's size."""
    with translate_storage_errors(), storage.open(name) as file:
        content = file.read(LARGEST + 1)
    try:
        if len(content) <= LARGEST:
            return str(content.decode())
    except UnicodeDecodeError:
        pass
    raise NotVerified("It is not a checkpoint of three lines.")


def parse_key_ids(note: str) -> list[str]:
    """Return the ids (hexadecimal) of the keys that signed one of our notes."""
    lines = note.rpartition("\n\n")[2].splitlines()
    return [base64.b64decode(line.rpartition(" ")[2])[:4].hex() for line in lines]
