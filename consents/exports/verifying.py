"""Compare a genuine export with the ledger and with the records of now, and put into words what differs."""

import hashlib
import lzma
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.utils.translation import gettext as _

from consents.core.signing import LARGEST, KeySet, load_public_keys
from consents.exports import history, manifests, selectors
from consents.exports.describing import CHANGE_MARK, Description, Type
from consents.exports.formats import FORMATS
from consents.exports.history import ExpectedRows
from consents.exports.manifests import ExportedFile, Manifest
from consents.exports.models import Export
from consents.exports.rules import Format

# Verify an export: its files against the signed manifest; unless offline, its rows against ledger and records too.

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

    return Verdict(manifest, faults, list(compare_with_portal(place, manifest, faults)))


@dataclass
class Comparison:
    """Numbers of rows, from comparing the file with the same export taken now and with the ledger.

    `marked`: changed rows that say so themselves; `since`: rows backdated into the period later, which say so;
    `removed`: rows removed on record after the export; `lost`: filed but not in the file; `unfiled`: in the file but
    never filed.
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
        """Tell whether the file differs from the records as they were when it was taken."""
        return bool(self.added or self.lost or self.unfiled)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is missing or made up, and every changed row says that it changed."""
        return not self.missing and not self.is_thinned and self.changed == self.marked


def compare_with_portal(place: PackageReader, manifest: Manifest, faults: list[str]) -> Iterator[str]:
    """Yield words about the comparison with ledger and records; add what is wrong to `faults`."""
    faults += find_record_faults(manifest)
    if faults:
        return
    comparison = compare_with_current_rows(place, manifest)
    if comparison is None:
        yield _("Its columns have changed since: the rows cannot be compared with those of now.")
        return
    is_settled = manifest.content["query"]["settled"]
    if not comparison.is_whole and (is_settled or comparison.is_thinned):
        faults.append(_("It is not what the portal has: %(how)s") % {"how": describe_differences(comparison)})
    else:
        words = _("The ledger tells of this export, and nothing of it is missing: %(how)s")
        yield words % {"how": describe_differences(comparison)}


def find_record_faults(manifest: Manifest) -> Iterator[str]:
    """Yield a sentence for each way in which the ledger contradicts this export."""
    entry = selectors.find_result_entry(manifest.content["export"])
    if entry is None:
        yield _("This ledger has no record of such an export.")
        return
    facts, records = entry.facts, manifest.records
    if facts["manifest"] != hashlib.sha256(manifest.payload).hexdigest():
        yield _("The ledger records a different manifest.")
    if (facts["sha256"], facts["rows"], facts["size"]) != (records.sha256, records.rows, records.size):
        yield _("The ledger records a different file.")
    note = manifest.content["ledger"]["checkpoint"]
    if note and not selectors.has_checkpoint(note, load_public_keys(settings.PORTAL_KEYS)):
        yield _("The signed checkpoint in the manifest is not from this ledger: it was cut, rolled back or replaced.")


def compare_with_current_rows(place: PackageReader, manifest: Manifest) -> Comparison | None:
    """Compare row by row with the same export taken now; None if its columns have changed since."""
    export = Export.objects.get(pk=manifest.content["export"])
    query = selectors.build_query(selectors.read_spec(export))
    if query.description.version != export.version:
        return None
    with selectors.open_snapshot() as connection:
        expected = history.build_expected_rows(connection, query, manifest)
        now = selectors.read_current_rows(connection, query, Format(export.format))
        return compare_rows(read_records(place, manifest), now, build_row_order(query.description), expected)


def build_row_order(description: Description) -> Callable[[dict[str, str]], Any]:
    """Return the sort key of the rows, numbers as numbers."""
    numbers = {column.name for column in description.columns if column.type == Type.INTEGER}
    return lambda row: tuple(int(row[name]) if name in numbers else row[name] for name in description.order)


def compare_rows(
    exported: Iterator[dict[str, str]],
    current: Iterator[dict[str, str]],
    order: Any,
    expected: ExpectedRows | None,
) -> Comparison:
    """Merge two sorted streams of rows, each read once. `order`: the sort key."""
    result = Comparison()
    exported = feed_expected_rows(exported, expected) if expected else exported
    then, now = next(exported, None), next(current, None)
    while then is not None or now is not None:
        if now is None or (then is not None and order(then) < order(now)):
            is_removed = then is not None and expected is not None and expected.is_removed(then)
            result.removed += is_removed
            result.added += not is_removed
            then = next(exported, None)
        elif then is None or order(now) < order(then):
            result.since += has_change_mark(now)
            result.missing += not has_change_mark(now)
            now = next(current, None)
        else:
            count_row_pair(result, then, now, expected)
            then, now = next(exported, None), next(current, None)
    if expected:
        result.lost, result.unfiled = expected.lost, expected.unfiled
    return result


def feed_expected_rows(rows: Iterator[dict[str, str]], expected: ExpectedRows) -> Iterator[dict[str, str]]:
    for row in rows:
        expected.check_row(row)
        yield row


def count_row_pair(
    result: Comparison, then: dict[str, str], now: dict[str, str], expected: ExpectedRows | None
) -> None:
    if then == now:
        result.same += 1
    elif expected and expected.is_removed(then):
        result.removed += 1
    else:
        result.changed += 1
        result.marked += has_change_mark(now) or differs_by_erasure_only(then, now)


def has_change_mark(row: dict[str, str]) -> bool:
    return row.get(CHANGE_MARK) == "true"


def differs_by_erasure_only(then: dict[str, str], now: dict[str, str]) -> bool:
    """Tell whether the rows differ only in session evidence that was erased since."""
    differing = {name for name, cell in now.items() if then.get(name) != cell}
    return differing == {"session_evidence"} and '"erased": true' in now["session_evidence"]


def describe_differences(comparison: Comparison) -> str:
    parts = [
        (comparison.same, _("%(count)s are the same now")),
        (comparison.changed, _("%(count)s have changed since, of which %(marked)s say so")),
        (comparison.since, _("%(count)s came into the period since and say so")),
        (comparison.missing, _("%(count)s of now are not in the file")),
        (comparison.added, _("%(count)s of the file are not there now")),
        (comparison.removed, _("%(count)s were removed since on record, in whole or in part, their time being over")),
        (comparison.lost, _("%(count)s were filed and are not in the file, though no removal is on record")),
        (comparison.unfiled, _("%(count)s of the file were never filed")),
    ]
    counted = [
        what % {"count": n, "marked": comparison.marked} for place, (n, what) in enumerate(parts) if n or not place
    ]
    return _("of the rows, %(counts)s.") % {"counts": "; ".join(counted)}
