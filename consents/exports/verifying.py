"""Is this what was exported? The signed manifest against the files, and all of it against the ledger."""

import hashlib
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from consents.core.jose import LARGEST, KeySet
from consents.exports import manifests
from consents.exports.formats import FORMATS
from consents.exports.kinds import Format
from consents.exports.manifests import File, Manifest

PIECE = 1 << 20
# What reading a ZIP raises whose bytes were changed.
CHANGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)
PLAIN_NAME = re.compile(r"[\w][\w.-]*")


class NotReadable(Exception):
    """No manifest where one is looked for, or a file that cannot be opened. Carries a sentence."""


class Opened(Protocol):
    """A folder or a ZIP."""

    def names(self) -> list[str]: ...
    def open(self, name: str) -> IO[bytes]: ...


@dataclass(frozen=True)
class Folder:
    path: Path

    def names(self) -> list[str]:
        return sorted(one.name for one in self.path.iterdir())

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")


@dataclass(frozen=True)
class Zip:
    zip: zipfile.ZipFile

    def names(self) -> list[str]:
        return self.zip.namelist()

    def open(self, name: str) -> IO[bytes]:
        return of_zip(lambda: self.zip.open(name))


def of_zip[Found](act: Callable[[], Found]) -> Found:
    """A changed header also asks for passwords, methods and versions that are none of ours. Raises BadZipFile."""
    try:
        return act()
    except (RuntimeError, ValueError) as reason:
        raise zipfile.BadZipFile from reason


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Raises NotReadable."""
    try:
        if path.is_dir():
            yield Folder(path)
            return
        with of_zip(lambda: zipfile.ZipFile(path)) as zip:
            yield Zip(zip)
    except CHANGED:
        raise NotReadable(
            "This is not the file that was exported: no folder, and no whole ZIP. It was cut or changed."
        ) from None
    except OSError as reason:
        raise NotReadable(f"It cannot be read ({reason.strerror or type(reason).__name__}).") from None


def manifest_in(place: Opened, known: KeySet) -> Manifest:
    """Raises NotReadable, and the NotGenuine that says why it does not count."""
    if manifests.NAME not in place.names():
        raise NotReadable(f"There is no {manifests.NAME} in it: without the manifest nothing can be said.")
    with place.open(manifests.NAME) as file:
        text = file.read(LARGEST + 1)
    return manifests.verified(text.decode("ascii", "replace"), known)


def faults_of_files(place: Opened, manifest: Manifest) -> Iterator[str]:
    """A sentence for each file that is not as it was signed."""
    known = {manifests.NAME, manifests.READABLE}
    for file in manifest.files:
        known.add(file.name)
        yield from faults_of(place, file)
    if manifests.READABLE in place.names() and not is_readable_copy(place, manifest):
        yield f"{manifests.READABLE} does not say what was signed."
    for name in sorted(set(place.names()) - known):
        yield f"{name} is no part of the export."
    if len(place.names()) != len(set(place.names())):
        yield "It holds two files of one name."


def is_readable_copy(place: Opened, manifest: Manifest) -> bool:
    with place.open(manifests.READABLE) as file:
        return file.read(2 * LARGEST) == manifests.readable(manifest.payload)


def faults_of(place: Opened, file: File) -> Iterator[str]:
    if not PLAIN_NAME.fullmatch(file.name) or file.name not in place.names():
        yield f"{file.name} is missing."
        return
    digest, size = hashlib.sha256(), 0
    try:
        with place.open(file.name) as content:
            while piece := content.read(PIECE):
                digest.update(piece)
                size += len(piece)
    except (OSError, *CHANGED):
        yield f"{file.name} cannot be read whole: it was cut or changed."
        return
    if digest.hexdigest() != file.sha256:
        how = "cut" if size < file.size else "changed"
        yield f"{file.name} was {how}: it is {size} bytes, {file.size} were exported, and its SHA-256 is another."


def rows_in(place: Opened, manifest: Manifest) -> Iterator[dict[str, str]]:
    """The rows of the file of records. Raises ValueError when it is not whole."""
    read = FORMATS[Format(manifest.content["file_format"])].read
    with place.open(manifest.records.name) as file:
        yield from read(file)


def faults_of_rows(place: Opened, manifest: Manifest) -> Iterator[str]:
    """The records are as many as was signed."""
    try:
        count = sum(1 for _row in rows_in(place, manifest))
    except (ValueError, KeyError, OSError):
        yield f"{manifest.records.name} cannot be read as {manifest.content['file_format']}."
        return
    if count != manifest.records.rows:
        yield f"{manifest.records.name} holds {count} rows; {manifest.records.rows} were exported."


class Expected(Protocol):
    """What must be in the file, by a record outside the tables. Told every row of the file once, then asked."""

    @property
    def lost(self) -> int:
        """How many were filed and are not in the file, though nothing on record removed them."""

    @property
    def unfiled(self) -> int:
        """How many are in the file though they were never filed."""

    def take(self, row: dict[str, str]) -> None: ...
    def is_removed(self, row: dict[str, str]) -> bool:
        """Whether it, or something that it counts, was removed on record after the export."""


@dataclass
class Compared:
    """The file beside the same export taken now, and beside the ledger.

    `marked`: changed rows that say so themselves; `since`: rows that came into the period after its end, and say so;
    `removed`: rows whose time is over, removed on record since; `lost`: filed, and in the file no more; `unfiled`: in
    the file, and never filed.
    """

    same: int = 0
    missing: int = 0
    added: int = 0
    changed: int = 0
    marked: int = 0
    since: int = 0
    removed: int = 0
    lost: int = 0
    unfiled: int = 0

    @property
    def is_thinned(self) -> bool:
        """It differs from what was on record when it was taken, whether its period was over or not."""
        return bool(self.added or self.lost or self.unfiled)

    @property
    def is_whole(self) -> bool:
        """Nothing is missing or made up; what differs has truly changed since, and says so."""
        return not self.missing and not self.is_thinned and self.changed == self.marked


def compared(
    then: Iterator[dict[str, str]], now: Iterator[dict[str, str]], order: Any, expected: Expected | None = None
) -> Compared:
    """Both in their order, each read once. `order`: a row's place."""
    found = Compared()
    then = told(then, expected) if expected else then
    one, other = next(then, None), next(now, None)
    while one is not None or other is not None:
        if other is None or (one is not None and order(one) < order(other)):
            is_removed = one is not None and expected is not None and expected.is_removed(one)
            found.removed += is_removed
            found.added += not is_removed
            one = next(then, None)
        elif one is None or order(other) < order(one):
            found.since += is_marked(other)
            found.missing += not is_marked(other)
            other = next(now, None)
        else:
            tell(found, one, other, expected)
            one, other = next(then, None), next(now, None)
    if expected:
        found.lost, found.unfiled = expected.lost, expected.unfiled
    return found


def told(rows: Iterator[dict[str, str]], expected: Expected) -> Iterator[dict[str, str]]:
    for row in rows:
        expected.take(row)
        yield row


MARK = "changed_after_period"


def tell(found: Compared, then: dict[str, str], now: dict[str, str], expected: Expected | None) -> None:
    if then == now:
        found.same += 1
    elif expected and expected.is_removed(then):
        found.removed += 1
    else:
        found.changed += 1
        found.marked += is_marked(now) or is_erased(then, now)


def is_marked(row: dict[str, str]) -> bool:
    return row.get(MARK) == "true"


def is_erased(then: dict[str, str], now: dict[str, str]) -> bool:
    """All that differs is evidence that was erased since."""
    differing = {name for name, cell in now.items() if then.get(name) != cell}
    return differing == {"session_evidence"} and '"erased": true' in now["session_evidence"]
