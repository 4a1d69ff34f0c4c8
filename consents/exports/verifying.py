"""Verify an export: its files against the signed manifest; unless offline, its rows against ledger and records too."""

import hashlib
import lzma
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _

from consents.core.jose import LARGEST, KeySet
from consents.exports import manifests
from consents.exports.formats import FORMATS
from consents.exports.kinds import Format
from consents.exports.manifests import ExportedFile, Manifest

PIECE = 1 << 20
# Raised when a ZIP whose bytes were changed is read.
CHANGED = (BadZipFile, zlib.error, lzma.LZMAError, EOFError)
PLAIN_NAME = re.compile(r"[\w][\w.-]*")


class ExportUnreadable(Exception):
    """There is no manifest, or a file cannot be opened. Carries a sentence for the person."""


@dataclass(frozen=True)
class PackageReader:
    """Reads the files of an export from a folder or a ZIP. `names`: of all files there; one may be there twice."""

    names: Sequence[str]
    open: Callable[[str], IO[bytes]]


def read_zip(zip: ZipFile) -> PackageReader:
    return PackageReader(zip.namelist(), lambda name: unify_zip_errors(partial(zip.open, name)))


def unify_zip_errors[Found](act: Callable[[], Found]) -> Found:
    """Raise BadZipFile for every error that a changed ZIP header causes, such as a demand for a password."""
    try:
        return act()
    except (RuntimeError, ValueError) as error:
        raise BadZipFile from error


@contextmanager
def open_package(path: Path) -> Iterator[PackageReader]:
    """Open a folder or a ZIP. Raises ExportUnreadable."""
    try:
        if path.is_dir():
            yield PackageReader(sorted(one.name for one in path.iterdir()), lambda name: (path / name).open("rb"))
            return
        with unify_zip_errors(lambda: ZipFile(path)) as zip:
            yield read_zip(zip)
    except CHANGED:
        raise ExportUnreadable(
            _("This is neither a folder nor a complete ZIP, so it was cut or changed after the export.")
        ) from None
    except OSError as error:
        raise ExportUnreadable(_("It cannot be read (%s).") % (error.strerror or type(error).__name__)) from None


def read_manifest(place: PackageReader, known: KeySet) -> Manifest:
    """Return the verified manifest. Raises ExportUnreadable, or NotGenuine with the reason."""
    if manifests.NAME not in place.names:
        raise ExportUnreadable(_("There is no %s in it. Without the manifest nothing can be checked.") % manifests.NAME)
    with place.open(manifests.NAME) as file:
        text = file.read(LARGEST + 1)
    return manifests.verify_manifest(text.decode("ascii", "replace"), known)


def find_file_faults(place: PackageReader, manifest: Manifest) -> Iterator[str]:
    """Yield a sentence for each file that differs from the signed manifest."""
    known = {manifests.NAME, manifests.READABLE, *(file.name for file in manifest.files)}
    for file in manifest.files:
        yield from find_faults_of_file(place, file)
    if manifests.READABLE in place.names and not is_readable_copy(place, manifest):
        yield _("%(name)s differs from the signed manifest.") % {"name": manifests.READABLE}
    for name in sorted(set(place.names) - known):
        yield _("%(name)s is not part of the export.") % {"name": name}
    if len(place.names) != len(set(place.names)):
        yield _("It contains two files with the same name.")


def is_readable_copy(place: PackageReader, manifest: Manifest) -> bool:
    with place.open(manifests.READABLE) as file:
        return file.read(2 * LARGEST) == manifests.render_manifest(manifest.payload)


def find_faults_of_file(place: PackageReader, file: ExportedFile) -> Iterator[str]:
    if not PLAIN_NAME.fullmatch(file.name) or file.name not in place.names:
        yield _("%(name)s is missing.") % {"name": file.name}
        return
    digest, size = hashlib.sha256(), 0
    try:
        with place.open(file.name) as content:
            while piece := content.read(PIECE):
                digest.update(piece)
                size += len(piece)
    except (OSError, *CHANGED):
        yield _("%(name)s cannot be read to its end: it was cut or changed.") % {"name": file.name}
        return
    if digest.hexdigest() != file.sha256:
        cut = _("%(name)s was cut: %(size)s of %(exported)s bytes are there, and its SHA-256 differs.")
        changed = _("%(name)s was changed: its SHA-256 differs.")
        yield (cut if size < file.size else changed) % {"name": file.name, "size": size, "exported": file.size}


def read_records(place: PackageReader, manifest: Manifest) -> Iterator[dict[str, str]]:
    """Yield the rows of the file of records. Raises ValueError if it is incomplete."""
    read = FORMATS[Format(manifest.content["file_format"])].read
    with place.open(manifest.records.name) as file:
        yield from read(file)


def find_row_count_faults(place: PackageReader, manifest: Manifest) -> Iterator[str]:
    """Yield a sentence unless the file has as many rows as the signed manifest says."""
    records = manifest.records
    facts = {"name": records.name, "format": manifest.content["file_format"], "exported": records.rows}
    try:
        count = sum(1 for _row in read_records(place, manifest))
    except (ValueError, KeyError, OSError):
        yield _("%(name)s cannot be read as %(format)s.") % facts
        return
    if count != manifest.records.rows:
        yield _("Rows in %(name)s: %(count)s; exported: %(exported)s.") % (facts | {"count": count})


@dataclass(frozen=True)
class Verdict:
    """Tells what was found.

    `faults`: a sentence for each way in which it is not as exported; `words`: what else was seen.
    """

    manifest: Manifest
    faults: list[str]
    words: list[str]


def judge_package(place: PackageReader, manifest: Manifest, *, offline: bool = False) -> Verdict:
    """Check every file, the number of rows and, unless offline, the ledger and the rows of now."""
    faults = list(find_file_faults(place, manifest)) or list(find_row_count_faults(place, manifest))
    if offline:
        return Verdict(manifest, faults, [])
    from consents.exports.ledger_comparison import compare_with_portal  # needs settings

    return Verdict(manifest, faults, list(compare_with_portal(place, manifest, faults)))
