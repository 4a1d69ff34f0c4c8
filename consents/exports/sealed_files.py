"""Store finished packages sealed: AES-256-GCM in chunks, each file under its own key, wrapped by the portal's key.

A file is `magic | id of the wrapping key | wrapped key | chunks`. Each chunk is bound to its place, and the last one to
the end, so that changed, moved, missing or truncated chunks are noticed. Reading can start at any byte. Nothing is ever
on disk unencrypted.

With a storage for exports (`PORTAL_EXPORTS_BACKEND`) a finished file goes there too, and a machine that lacks it
fetches it: the folder is then each machine's own.
"""

import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID
from zipfile import ZipFile

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage
from django.utils.translation import gettext_lazy as _

from consents.core import clock, sealing, signing
from consents.core.refusals import NotValid, Refusal
from consents.core.sealing import CannotOpen
from consents.core.storages import open_storage
from consents.exports import manifests, verifying
from consents.exports.models import Export
from consents.exports.rules import RETENTION
from consents.exports.selectors import select_exports
from consents.exports.verifying import CHANGED, Verdict, judge_package, unify_zip_errors
from consents.ledger.checkpoints import translate_storage_errors

MAGIC = b"portal export 1\n"
CHUNK = 256 * 1024
QUIET_SECONDS = (
    60  # a writer that was silent for so long has most likely died; a slow reader alone would not explain it
)
OVERHEAD = 1 + sealing.NONCE_BYTES + 16
WRAPPED = sealing.KEY_BYTES + OVERHEAD
HEADER = len(MAGIC) + 8 + WRAPPED


class FileUnavailable(Exception):
    """The file is missing, damaged, or its key is missing."""


def get_sealed_path(id: UUID) -> Path:
    return Path(settings.PORTAL_EXPORTS) / f"{id}.sealed"


class SealedFileWriter:
    """Writes one package under a draft name until `finish`.

    Whoever begins last has the name: an earlier writer that was killed, or whose connection and with it the lock was
    lost while it went on, writes into a file that nobody finds, and finishes nothing.
    """

    def __init__(self, id: UUID) -> None:
        self.path, self.id, self.held, self.number = get_sealed_path(id), str(id), bytearray(), 0
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        kid, wrapped = sealing.create_wrapped_key(settings.KEYRING, self.owner)
        self.sealer = sealing.Sealer(sealing.unwrap_key(settings.KEYRING, kid, wrapped, self.owner), self.owner)
        self.draft = self.path.with_suffix(".part")
        self.draft.unlink(missing_ok=True)
        self.file: IO[bytes] = os.fdopen(os.open(self.draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self.inode = os.fstat(self.file.fileno()).st_ino
        self.file.write(MAGIC + kid.encode().ljust(8) + wrapped)

    @property
    def owner(self) -> str:
        return f"export {self.id}"

    def write(self, data: bytes) -> None:
        self.held += data
        # Keep the newest bytes back: only `finish` knows which chunk is the last.
        while len(self.held) > CHUNK:
            self.seal(bytes(self.held[:CHUNK]), "more")
            del self.held[:CHUNK]

    def seal(self, chunk: bytes, what_follows: str) -> None:
        self.file.write(self.sealer.seal(chunk, str(self.number), what_follows))
        self.number += 1

    def has_the_name(self) -> bool:
        try:
            return self.draft.stat().st_ino == self.inode
        except FileNotFoundError:
            return False

    def finish(self) -> None:
        """Raises OSError, also where another writer has begun since."""
        self.seal(bytes(self.held), "end")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        if not self.has_the_name():
            raise FileNotFoundError(f"Another writer of export {self.id} has begun since.")
        share_file(self.draft, self.path.name)
        self.draft.replace(self.path)

    def discard(self) -> None:
        self.file.close()
        if self.has_the_name():
            self.draft.unlink(missing_ok=True)


@dataclass(frozen=True)
class SealedFile:
    """A complete stored package. `size`: bytes of its content, without the sealing."""

    path: Path
    id: str
    key: bytes
    size: int

    @classmethod
    def open(cls, id: UUID) -> "SealedFile":
        """Open the package of this export. Raises FileUnavailable."""
        path, owner = get_sealed_path(id), f"export {id}"
        try:
            fetch_missing_file(path)
            with path.open("rb") as file:
                header = file.read(HEADER)
                length = os.fstat(file.fileno()).st_size - HEADER
            kid, wrapped = header[len(MAGIC) :][:8].decode().strip(), header[-WRAPPED:]
            key = sealing.unwrap_key(settings.KEYRING, kid, wrapped, owner)
        except (OSError, ValueError, CannotOpen):
            raise FileUnavailable from None
        whole, rest = divmod(length, CHUNK + OVERHEAD)
        if length < OVERHEAD or 0 < rest < OVERHEAD:
            raise FileUnavailable
        return cls(path, owner, key, whole * CHUNK + (rest - OVERHEAD if rest else 0))

    def read(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `end`. Raises FileUnavailable if the file was changed."""
        end = self.size if end is None else min(end, self.size)
        last = max(0, (self.size - 1) // CHUNK)
        with self.path.open("rb") as file:
            for number in range(start // CHUNK, -(-end // CHUNK)):
                file.seek(HEADER + number * (CHUNK + OVERHEAD))
                place = (self.id, str(number), "end" if number == last else "more")
                try:
                    chunk = sealing.open_value(self.key, file.read(CHUNK + OVERHEAD), *place)
                except CannotOpen:
                    raise FileUnavailable from None
                yield chunk[max(0, start - number * CHUNK) : end - number * CHUNK]


def get_export_storage() -> Storage | None:
    """Return the storage that all machines share; None where they share the folder."""
    return open_storage("exports") if "exports" in settings.STORAGES else None


def share_file(path: Path, name: str) -> None:
    """Copy a finished file into the storage, if there is one. Raises OSError."""
    if storage := get_export_storage():
        with translate_storage_errors("exports"), path.open("rb") as file:
            storage.save(name, File(file))


def fetch_missing_file(path: Path) -> None:
    """Copy a file that another machine wrote out of the storage, whole or not at all. Raises OSError.

    The copy is as old as the file, and is deleted with it.
    """
    storage = get_export_storage()
    if storage is None or path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        translate_storage_errors("exports"),
        tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as copy,
    ):
        try:
            with storage.open(path.name) as file:
                shutil.copyfileobj(file, copy)
            copy.flush()
            written = storage.get_modified_time(path.name).timestamp()
            os.utime(copy.name, (written, written))
            Path(copy.name).replace(path)
        finally:
            Path(copy.name).unlink(missing_ok=True)


def get_writing_progress(id: UUID) -> tuple[int, bool] | None:
    """Return the bytes written of an unfinished package and whether it still grows; None if there is no draft."""
    try:
        status = get_sealed_path(id).with_suffix(".part").stat()
    except OSError:
        return None
    return status.st_size, time.time() - status.st_mtime < QUIET_SECONDS


def delete_sealed_files(before: float) -> int:
    """Delete files last written before `before` (seconds since 1970). Return how many."""
    old = [path for path in Path(settings.PORTAL_EXPORTS).glob("*.*") if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old) + delete_shared_files(before)


def delete_shared_files(before: float) -> int:
    """Delete the same in the storage, if there is one. Raises OSError."""
    if not (storage := get_export_storage()):
        return 0
    with translate_storage_errors("exports"):
        names = [name for name in storage.listdir("")[1] if storage.get_modified_time(name).timestamp() < before]
        for name in names:
            storage.delete(name)
    return len(names)


LARGEST_CHECKED = 20 << 20  # bytes; it is held in memory, and a page answers within seconds
MOST_OFFERED = 50


class TooLargeToCheck(Refusal):
    status = 413
    sentence = _("This package is too large to be checked on a page. Download it and use “manage.py verify_export”.")


class NoPackageKept(Refusal):
    status = 410
    sentence = _("This package is no longer kept here, or it cannot be opened. Paste the text of its manifest instead.")


def list_kept_exports() -> list[Export]:
    """Return the newest finished exports whose package is still kept, whichever machine wrote it."""
    kept = select_exports().filter(made_by__isnull=False, result__finished_at__gt=clock.now() - RETENTION)
    return list(kept.order_by("-made_at", "-pk")[:MOST_OFFERED])


def check_kept_package(export: Export) -> Verdict:
    """Raises NoPackageKept, TooLargeToCheck, NotValid, or NotGenuine with the reason."""
    try:
        kept = SealedFile.open(export.id)
    except FileUnavailable:
        raise NoPackageKept from None
    if kept.size > LARGEST_CHECKED:
        raise TooLargeToCheck
    try:
        file = io.BytesIO(b"".join(kept.read()))
        with unify_zip_errors(lambda: ZipFile(file)) as zip:
            place = verifying.read_zip(zip)
            return judge_package(place, verifying.read_manifest(place, load_own_keys()))
    except (FileUnavailable, verifying.ExportUnreadable, *CHANGED):
        raise NotValid(
            _("The package that is kept here cannot be read to its end: it was changed after the export.")
        ) from None


def check_manifest_text(text: str) -> Verdict:
    """Check the signature and what the ledger says; of the files it knows only what was signed. Raises NotGenuine."""
    manifest = manifests.verify_manifest(text, load_own_keys())
    return Verdict(manifest, list(verifying.find_record_faults(manifest)), [])


def load_own_keys() -> signing.KeySet:
    return signing.load_key_set(settings.PORTAL_KEYS, manifests.KIND_OF_KEY)
