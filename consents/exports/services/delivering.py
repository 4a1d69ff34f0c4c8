"""Writing an export while it is handed out, and handing out what is kept of it."""

import hashlib
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from consents.core import clock, signing
from consents.core.refusals import Refusal
from consents.exports import dictionary, keeping, manifests, rules, selectors
from consents.exports.formats import FORMATS, Query
from consents.exports.keeping import Kept
from consents.exports.models import Export, ExportResult
from consents.exports.packing import Package, start_of_records
from consents.exports.rules import Format
from consents.ledger import services as ledger
from consents.ledger.rules import Actor, moment
from consents.people.models import StaffMember

# In one process: an export takes minutes, and the people at the door must not wait for it.
AT_ONCE = 2
PLACES = threading.BoundedSemaphore(AT_ONCE)


class TooManyExports(Refusal):
    status = 503
    sentence = _("Other exports are being taken right now. Try again when they are done.")


class BeingWritten(Refusal):
    status = 503
    sentence = _("This export is being written right now. Try again in a moment.")


class NotKeptAnyMore(Refusal):
    status = 410
    sentence = _(
        "The file of this export is not kept any more. Take the same period again: a row that has changed says so."
    )


class Piece(NamedTuple):
    """Bytes of a package; `is_records`: all of them are of the file of records."""

    content: bytes
    is_records: bool


@dataclass(frozen=True)
class Delivery:
    """What is handed out. `size` is None while it is being written; `tag` names its bytes once they are final."""

    name: str
    content: Iterator[bytes]
    size: int | None = None
    start: int = 0
    whole: int | None = None
    tag: str = ""


# Which bytes are wanted of so many under this tag, half-open; None for all of them.
Part = Callable[[int, str], tuple[int, int] | None]


def deliver(
    *,
    export: Export,
    officer: StaffMember | None,
    by: Actor,
    package: bool = False,
    part: Part = lambda whole, tag: None,
) -> Delivery:
    """The file of records, or the whole package: from what is kept, or written now and put on record at its end.

    Whoever goes away meanwhile finds it written when they come back; each handing out of what is kept is on record
    first. Raises MayNotExport, Unknown (another's), NeedsSecondOfficer, AgreementIsOver, NotKeptAnyMore, BeingWritten,
    TooManyExports.
    """
    if officer is not None or by.kind != "portal":
        rules.check_officer(officer)
    rules.check_own(export.made_by_id, officer.pk if officer else None)
    rules.check_agreed(export.personal, export.agreed_at, clock.now())
    if hasattr(export, "result"):
        delivery = from_kept(export, package, part)
        note_download(export, delivery, package, by)
        return delivery
    return Delivery(name_of(export, package), begun(export, by, package))


def from_kept(export: Export, package: bool, part: Part) -> Delivery:
    try:
        kept = Kept.of(export.id)
        begin = 0 if package else start_of_records(next(kept.read(0, 30)))
    except (keeping.NotKept, StopIteration):
        raise NotKeptAnyMore from None
    whole = kept.size if package else export.result.size
    tag = f"{export.result.sha256}{'-package' if package else ''}"
    start, end = part(whole, tag) or (0, whole)
    content = kept.read(begin + start, begin + end)
    return Delivery(name_of(export, package), content, end - start, start, whole, tag)


def note_download(export: Export, delivery: Delivery, package: bool, by: Actor) -> None:
    with transaction.atomic():
        ledger.append(
            event="export.downloaded",
            by=by,
            object_type="export",
            object=export.id,
            outcome=export.dataset,
            details={
                "first": delivery.start,
                "package": package,
                "personal": export.personal,
                "sha256": export.result.sha256,
                "size": delivery.size,
            },
        )


def name_of(export: Export, package: bool) -> str:
    return f"{export.filename.rpartition('.')[0]}.zip" if package else export.filename


def begun(export: Export, by: Actor, package: bool) -> Generator[bytes]:
    """Take a place, the snapshot and the lock; rows are read as they are handed out.

    Raises TooManyExports, BeingWritten.
    """
    if not PLACES.acquire(blocking=False):
        raise TooManyExports
    with ExitStack() as stack:
        stack.callback(PLACES.release)
        connection = stack.enter_context(selectors.snapshot())
        # Another writer may have ended between the caller's look and our lock.
        if not selectors.is_alone(connection, export.id) or ExportResult.objects.filter(pk=export.pk).exists():
            raise BeingWritten
        held = stack.pop_all()
    content = handed_out(export, by, package, connection, held)
    # When nobody holds it any more, whether it was begun or not.
    weakref.finalize(content, held.close)
    return content


def handed_out(
    export: Export, by: Actor, package: bool, connection: Connection[Any], held: ExitStack
) -> Generator[bytes]:
    """Every piece is kept before it is handed out; when the reader goes away, the rest is kept all the same.

    The last piece waits for the record of the whole: whoever holds a whole export finds it on record. A web server
    may end the answer like any other when we fail half-way; the export then stays unfinished.
    """
    reads, waiting = True, b""
    with held, closing(kept(export, by, connection)) as pieces:
        for piece in pieces:
            if not reads or not (package or piece.is_records):
                continue
            try:
                if waiting:
                    yield waiting
            except GeneratorExit:
                if export.made_by_id is None:
                    raise
                reads = False
            waiting = piece.content
    if reads:
        yield waiting


def kept(export: Export, by: Actor, connection: Connection[Any]) -> Generator[Piece]:
    """Without an officer nobody could come back for it: then it is not kept."""
    if export.made_by_id is None:
        yield from written(export, by, connection)
        return
    keeper = keeping.Keeper(export.id)
    try:
        for piece in written(export, by, connection, keeper.finish):
            keeper.write(piece.content)
            yield piece
    finally:
        keeper.drop()


def written(
    export: Export, by: Actor, connection: Connection[Any], whole: Callable[[], None] = lambda: None
) -> Generator[Piece]:
    """The package, piece by piece; when the last one was taken, `whole`, and then the record of it."""
    query = selectors.query_of(selectors.wanted_of(export))
    at, then = clock.now(), selectors.ledger_then(connection)
    package, digest, size, rows = Package(at), hashlib.sha256(), 0, 0
    yield Piece(package.begin(export.filename), False)
    with closing(FORMATS[Format(export.format)].write(connection, query)) as blocks:
        for block, count in blocks:
            digest.update(block)
            size, rows = size + len(block), rows + count
            yield Piece(package.add(block), True)
    records = manifests.File(export.filename, rows, size, digest.hexdigest())
    content = manifest_of(export, query, records, moment(at), then)
    text, payload = manifests.signed(content, signing.signer(settings.PORTAL_KEYS, manifests.KIND_OF_KEY))
    others = {
        dictionary.NAME: dictionary.written(query.description),
        manifests.READABLE: manifests.readable(payload),
        manifests.NAME: text.encode(),
    }
    yield Piece(package.end(**others), False)
    whole()
    finish(export=export, records=records, manifest=hashlib.sha256(payload).hexdigest(), by=by)


def manifest_of(
    export: Export, query: Query, records: manifests.File, at: str, ledger_then: dict[str, Any]
) -> dict[str, Any]:
    words = dictionary.written(query.description)
    beside = manifests.File(dictionary.NAME, len(query.columns), len(words), hashlib.sha256(words).hexdigest())
    first, last = (moment(query.values[bound]) for bound in ("first", "last"))
    return {
        "portal": settings.PORTAL_URL,
        "company": settings.PORTAL_COMPANY,
        "export": str(export.id),
        "dataset": export.dataset,
        "version": export.version,
        "file_format": export.format,
        "columns": query.description.names,
        "personal": export.personal,
        "files": [vars(file) for file in (records, beside)],
        "query": {
            "from": str(export.from_date),
            "until": str(export.until_date),
            "time_zone": export.time_zone,
            "first": first,
            "last": last,
            "settled": selectors.wanted_of(export).period.is_settled(clock.now()),
            "chosen": export.chosen,
            "sql": query.rows,
        },
        "officer": str(export.made_by_id) if export.made_by_id else None,
        "second_officer": str(export.approval.approved_by_id) if hasattr(export, "approval") else None,
        "reason": export.reason,
        "asked_at": moment(export.made_at),
        "taken_at": at,
        "ledger": {"log": ledger.origin(), **ledger_then},
    }


@transaction.atomic
def finish(*, export: Export, records: manifests.File, manifest: str, by: Actor) -> ExportResult:
    """Record what arrived."""
    result = ExportResult.record(
        export_id=export.id, rows=records.rows, size=records.size, sha256=records.sha256, manifest=manifest
    )
    ledger.append(
        event="export.finished",
        by=by,
        object_type="export",
        object=export.id,
        outcome=export.dataset,
        details={"manifest": manifest, "rows": records.rows, "sha256": records.sha256, "size": records.size},
    )
    return result
