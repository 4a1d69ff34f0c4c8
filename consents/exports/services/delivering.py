"""Write an export while it is downloaded, or deliver the stored file of a finished one."""

import hashlib
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from consents.core import clock, signing
from consents.core.refusals import NotValid, Refusal, get_or_refuse
from consents.exports import describing, manifests, rules, sealed_files, selectors
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats import FORMATS, Query
from consents.exports.manifests import Package, find_records_offset
from consents.exports.models import Approval, Export, ExportResult
from consents.exports.rules import ExportSpec, Format, HistoryReason
from consents.exports.sealed_files import SealedFile
from consents.ledger.rules import Actor, format_ledger_moment
from consents.ledger.services import appending
from consents.people.models import Customer, StaffMember
from consents.people.services.holding import check_not_own_matter

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
    facts = manifests.list_cover_facts(export, format_ledger_moment(now), ledger_state)
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
        describing.NAME: describing.render_dictionary(query.description),
        manifests.READABLE: manifests.render_manifest(payload),
        manifests.NAME: text.encode(),
    }
    yield DeliveredChunk(package.end(**others), False)
    on_complete()
    record_result(export=export, records=records, manifest=hashlib.sha256(payload).hexdigest(), by=by)


def build_manifest_content(
    export: Export, query: Query, records: manifests.ExportedFile, at: str, ledger_state: dict[str, Any]
) -> dict[str, Any]:
    meanings = describing.render_dictionary(query.description)
    columns = manifests.ExportedFile(
        describing.NAME, len(query.columns), len(meanings), hashlib.sha256(meanings).hexdigest()
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
        "ledger": {"log": appending.get_log_name(), **ledger_state},
    }


@transaction.atomic
def record_result(*, export: Export, records: manifests.ExportedFile, manifest: str, by: Actor) -> ExportResult:
    result = ExportResult.record(
        export_id=export.id, rows=records.rows, size=records.size, sha256=records.sha256, manifest=manifest
    )
    details = {"manifest": manifest, "rows": records.rows, "sha256": records.sha256, "size": records.size}
    append_export_entry("export.finished", export, by, details)
    return result


class MomentInFuture(NotValid):
    sentence = _("This moment is in the future, so it is not known yet who could see what.")


@transaction.atomic(durable=True)
def record_history_opening(*, customer: Customer, why: HistoryReason, at: datetime | None, by: Actor) -> datetime:
    """Record the opening and commit. Return the moment to show: `at`, or now. Raises OwnMatter, MomentInFuture.

    A history also tells what a law forbids to tell the customer yet: no officer who acts for them opens it.
    """
    check_not_own_matter(UUID(by.id), customer.pk)
    now = clock.now()
    if at is not None and at > now:
        raise MomentInFuture
    shown = at or now
    appending.append_entry(
        event="history.opened",
        by=by,
        customer=customer.pk,
        object_type="customer",
        object=customer.pk,
        outcome=why,
        details={"as_of": shown.isoformat()},
    )
    return shown


# Request an export, and approve its personal columns as a second officer. Nothing is read yet.


@transaction.atomic
def request_export(*, spec: ExportSpec, officer: StaffMember | None, by: Actor) -> Export:
    """Put an export on record; `deliver_export` writes it once this is committed.

    Without an officer, only the command line may export (its users have access to the database anyway), and nothing
    personal. Raises NotComplianceOfficer, BadPeriod, PeriodTooEarly, PeriodInFuture, ReasonRequired, UnknownFormat,
    NotValid, NoPersonalColumns, OfficersRequired.
    """
    if officer is not None or by.kind != "portal":
        rules.check_officer(officer)
    check_export_spec(spec, officer)
    period, description = spec.period, DESCRIPTIONS[spec.dataset]
    export = Export.record(
        dataset=spec.dataset,
        version=description.version,
        format=spec.format,
        from_date=period.from_date,
        until_date=period.until_date,
        time_zone=period.zone.key,
        chosen=dict(spec.chosen),
        personal=spec.personal,
        reason=spec.reason.strip(),
        made_by=officer.user if officer else None,
        filename=rules.build_file_name(spec.dataset, period, spec.format),
    )
    details = {
        "chosen": dict(spec.chosen),
        "format": str(spec.format),
        "from": str(period.from_date),
        "officer": str(officer.pk) if officer else None,
        "personal": spec.personal,
        "time_zone": export.time_zone,
        "until": str(period.until_date),
        "version": description.version,
    }
    append_export_entry("export.made", export, by, details)
    return export


def check_export_spec(spec: ExportSpec, officer: StaffMember | None) -> None:
    description = DESCRIPTIONS[spec.dataset]
    rules.check_reason(spec.reason)
    rules.check_period(spec.period, clock.now())
    rules.check_format(spec.format, description.formats)
    rules.check_filters(spec.chosen, {filter.name: dict(filter.choices) for filter in description.filters})
    rules.check_personal(spec.personal, description.has_personal, officer)


@transaction.atomic
def approve_export(*, export: UUID, officer: StaffMember, by: Actor) -> Approval:
    """Approve the personal columns as a second officer.

    Raises NotComplianceOfficer, NoApprovalNeeded, NeedsSecondOfficer, Unknown.
    """
    rules.check_officer(officer)
    requested = get_or_refuse(Export.objects.filter(pk=export).select_related("approval"))
    if not requested.personal or hasattr(requested, "approval"):
        raise rules.NoApprovalNeeded
    rules.APPROVAL.check_may_decide(requested.made_by_id, officer.pk)
    approval = Approval.record(export_id=requested.id, approved_by=officer.user)
    append_export_entry("export.approved", requested, by, {"officer": str(officer.pk)})
    return approval


def append_export_entry(event: str, export: Export, by: Actor, details: dict[str, Any]) -> None:
    appending.append_entry(
        event=event, by=by, object_type="export", object=export.id, outcome=export.dataset, details=details
    )
