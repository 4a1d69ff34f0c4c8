"""Write an export while it is downloaded, or deliver the stored file of a finished one."""

import hashlib
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from consents.core import clock, signing
from consents.core.refusals import Refusal
from consents.exports import cover, dictionary, manifests, rules, sealed_files, selectors
from consents.exports.formats import FORMATS, Query
from consents.exports.models import Export, ExportResult
from consents.exports.packing import Package, find_records_offset
from consents.exports.rules import Format
from consents.exports.sealed_files import SealedFile
from consents.exports.services.requesting import append_export_entry
from consents.ledger.rules import Actor, format_ledger_moment
from consents.ledger.services import names
from consents.people.models import StaffMember

# Per process: an export takes minutes, and other HTTP requests must not wait for it.
MAX_WRITERS = 2
WRITER_SLOTS = threading.BoundedSemaphore(MAX_WRITERS)


class TooManyExports(Refusal):
    status = 503
    sentence = _("Other exports are running. Try again when they are finished.")


class ExportInProgress(Refusal):
    status = 503
    sentence = _("This export is being written. Try again in a moment.")


class FileExpired(Refusal):
    status = 410
    sentence = _(
        "The file of this export is no longer stored. Export the same period again: rows that changed since say so."
    )


class DeliveredChunk(NamedTuple):
    """Bytes of a package. `is_records`: whether they belong to the file of records."""

    content: bytes
    is_records: bool


@dataclass(frozen=True)
class Delivery:
    """A download. `size` is None while the file is being written; `tag` (ETag) identifies the final bytes."""

    name: str
    content: Iterator[bytes]
    size: int | None = None
    start: int = 0
    whole: int | None = None
    tag: str = ""


# (size, tag) → the half-open range of bytes that is wanted; None for all of them.
ChooseRange = Callable[[int, str], tuple[int, int] | None]


def deliver_export(
    *,
    export: Export,
    officer: StaffMember | None,
    by: Actor,
    package: bool = False,
    part: ChooseRange = lambda whole, tag: None,
) -> Delivery:
    """Return the file of records, or the whole package: from the stored file, or written now and recorded at its end.

    A reader who disconnects finds it complete later. Each download of a stored file is recorded first.
    Raises NotComplianceOfficer, Unknown (another officer's export), SecondOfficerRequired, ApprovalExpired,
    FileExpired, ExportInProgress, TooManyExports.
    """
    if officer is not None or by.kind != "portal":
        rules.check_officer(officer)
    rules.check_requester(export.made_by_id, officer.pk if officer else None)
    rules.check_approval(export.personal, export.agreed_at, clock.now())
    if hasattr(export, "result"):
        delivery = open_stored_file(export, package, part)
        record_download(export, delivery, package, by)
        return delivery
    return Delivery(get_download_name(export, package), start_writing(export, by, package))


def open_stored_file(export: Export, package: bool, part: ChooseRange) -> Delivery:
    try:
        kept = SealedFile.open(export.id)
        begin = 0 if package else find_records_offset(next(kept.read(0, 30)))
    except (sealed_files.FileUnavailable, StopIteration):
        raise FileExpired from None
    whole = kept.size if package else export.result.size
    tag = f"{export.result.sha256}{'-package' if package else ''}"
    start, end = part(whole, tag) or (0, whole)
    content = kept.read(begin + start, begin + end)
    return Delivery(get_download_name(export, package), content, end - start, start, whole, tag)


@transaction.atomic
def record_download(export: Export, delivery: Delivery, package: bool, by: Actor) -> None:
    details = {
        "first": delivery.start,
        "package": package,
        "personal": export.personal,
        "sha256": export.result.sha256,
        "size": delivery.size,
    }
    append_export_entry("export.downloaded", export, by, details)


def get_download_name(export: Export, package: bool) -> str:
    return f"{export.filename.rpartition('.')[0]}.zip" if package else export.filename


def start_writing(export: Export, by: Actor, package: bool) -> Generator[bytes]:
    """Take a writer slot, the snapshot and the lock. Rows are read as the returned generator is consumed.

    Raises TooManyExports, ExportInProgress.
    """
    if not WRITER_SLOTS.acquire(blocking=False):
        raise TooManyExports
    with ExitStack() as stack:
        stack.callback(WRITER_SLOTS.release)
        connection = stack.enter_context(selectors.open_snapshot())
        # Another writer may have finished between the caller's check and our lock.
        if not selectors.try_lock_export(connection, export.id) or ExportResult.objects.filter(pk=export.pk).exists():
            raise ExportInProgress
        held = stack.pop_all()
    content = stream_to_reader(export, by, package, connection, held)
    # Release everything when the generator is discarded, even if it was never started.
    weakref.finalize(content, held.close)
    return content


def stream_to_reader(
    export: Export, by: Actor, package: bool, connection: Connection[Any], held: ExitStack
) -> Generator[bytes]:
    """Store every piece before it is sent. If the reader disconnects, the rest is stored all the same.

    The last piece is sent only after the result is recorded, so that every complete copy is on record. If writing
    fails half-way, the export stays unfinished, whatever the web server makes of the cut response.
    """
    is_reading, waiting = True, b""
    with held, closing(speak_english(store_while_writing(export, by, connection))) as pieces:
        for piece in pieces:
            if not is_reading or not (package or piece.is_records):
                continue
            try:
                if waiting:
                    yield waiting
            except GeneratorExit:
                if export.made_by_id is None:
                    raise
                is_reading = False
            waiting = piece.content
    if is_reading:
        yield waiting


def speak_english(pieces: Generator[DeliveredChunk]) -> Generator[DeliveredChunk]:
    """Have each piece made in English: an auditor's file says the same, whoever downloads it."""
    with closing(pieces):
        while True:
            with translation.override(settings.LANGUAGE_CODE):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece


def store_while_writing(export: Export, by: Actor, connection: Connection[Any]) -> Generator[DeliveredChunk]:
    """Write the package and store it sealed, except for the command line, which cannot come back for it."""
    if export.made_by_id is None:
        yield from write_package(export, by, connection)
        return
    keeper = sealed_files.SealedFileWriter(export.id)
    try:
        for piece in write_package(export, by, connection, keeper.finish):
            keeper.write(piece.content)
            yield piece
    finally:
        keeper.discard()


def write_package(
    export: Export, by: Actor, connection: Connection[Any], on_complete: Callable[[], None] = lambda: None
) -> Generator[DeliveredChunk]:
    """Yield the package piece by piece; after the last one call `on_complete`, then record the result."""
    now, ledger_state = clock.now(), selectors.read_ledger_state(connection)
    facts = cover.list_cover_facts(export, format_ledger_moment(now), ledger_state)
    query = replace(selectors.build_query(selectors.read_spec(export)), facts=facts, at=now)
    package, digest, size, rows = Package(now), hashlib.sha256(), 0, 0
    yield DeliveredChunk(package.begin(export.filename), False)
    with closing(FORMATS[Format(export.format)].write(connection, query)) as blocks:
        for block, count in blocks:
            digest.update(block)
            size, rows = size + len(block), rows + count
            yield DeliveredChunk(package.add(block), True)
    records = manifests.ExportedFile(export.filename, rows, size, digest.hexdigest())
    content = build_manifest_content(export, query, records, format_ledger_moment(now), ledger_state)
    text, payload = manifests.sign_manifest(
        content, signing.load_newest_key(settings.PORTAL_KEYS, manifests.KIND_OF_KEY)
    )
    others = {
        dictionary.NAME: dictionary.render_dictionary(query.description),
        manifests.READABLE: manifests.render_manifest(payload),
        manifests.NAME: text.encode(),
    }
    yield DeliveredChunk(package.end(**others), False)
    on_complete()
    record_result(export=export, records=records, manifest=hashlib.sha256(payload).hexdigest(), by=by)


def build_manifest_content(
    export: Export, query: Query, records: manifests.ExportedFile, at: str, ledger_state: dict[str, Any]
) -> dict[str, Any]:
    meanings = dictionary.render_dictionary(query.description)
    columns = manifests.ExportedFile(
        dictionary.NAME, len(query.columns), len(meanings), hashlib.sha256(meanings).hexdigest()
    )
    first, last = (format_ledger_moment(query.values[bound]) for bound in ("first", "last"))
    return {
        "portal": settings.PORTAL_URL,
        "company": settings.PORTAL_COMPANY,
        "export": str(export.id),
        "dataset": export.dataset,
        "version": export.version,
        "file_format": export.format,
        "columns": query.description.names,
        "personal": export.personal,
        "files": [vars(file) for file in (records, columns)],
        "query": {
            "from": str(export.from_date),
            "until": str(export.until_date),
            "time_zone": export.time_zone,
            "first": first,
            "last": last,
            "settled": selectors.read_spec(export).period.is_settled(clock.now()),
            "chosen": export.chosen,
            "sql": query.rows,
        },
        "officer": str(export.made_by_id) if export.made_by_id else None,
        "second_officer": str(export.approval.approved_by_id) if hasattr(export, "approval") else None,
        "reason": export.reason,
        "asked_at": format_ledger_moment(export.made_at),
        "taken_at": at,
        "ledger": {"log": names.get_log_name(), **ledger_state},
    }


@transaction.atomic
def record_result(*, export: Export, records: manifests.ExportedFile, manifest: str, by: Actor) -> ExportResult:
    result = ExportResult.record(
        export_id=export.id, rows=records.rows, size=records.size, sha256=records.sha256, manifest=manifest
    )
    details = {"manifest": manifest, "rows": records.rows, "sha256": records.sha256, "size": records.size}
    append_export_entry("export.finished", export, by, details)
    return result
