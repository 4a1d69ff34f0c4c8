"""Taking records out: on record first, then streamed, then what arrived is put on record too."""

import hashlib
import threading
import weakref
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import Refusal
from consents.exports import rules, selectors
from consents.exports.models import Export, ExportResult
from consents.exports.rules import Dataset, Format, Period
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import StaffMember

# In one process: an export takes minutes, and the people at the door must not wait for it.
AT_ONCE = 2
PLACES = threading.BoundedSemaphore(AT_ONCE)


class TooManyExports(Refusal):
    status = 503
    sentence = _("Other exports are being taken right now. Try again when they are done.")


@dataclass(frozen=True)
class Wanted:
    """Which records of which days, and what for (an officer's words, without names)."""

    dataset: Dataset
    period: Period
    reason: str
    format: Format = Format.CSV


def make(*, wanted: Wanted, officer: StaffMember | None, by: Actor) -> tuple[Export, Generator[bytes]]:
    """Put an export on record, committed, and hand out its bytes; a result follows them when they were all taken.

    Without an officer only the program itself may: whoever runs its commands holds the database anyway.
    Raises MayNotExport, BadPeriod, NotYet, NoReason, TooManyExports.
    """
    if officer is not None or by.kind != "portal":
        rules.check_officer(officer)
    rules.check_reason(wanted.reason)
    rules.check_period(wanted.period, clock.now())
    if not PLACES.acquire(blocking=False):
        raise TooManyExports
    try:
        export = put_on_record(wanted=wanted, officer=officer, by=by)
    except BaseException:
        PLACES.release()
        raise
    content = delivered(export, wanted, by)
    # When nobody holds it any more, whether it was begun or not.
    weakref.finalize(content, PLACES.release)
    return export, content


@transaction.atomic(durable=True)
def put_on_record(*, wanted: Wanted, officer: StaffMember | None, by: Actor) -> Export:
    period = wanted.period
    export = Export.record(
        dataset=wanted.dataset,
        format=wanted.format,
        from_date=period.from_date,
        until_date=period.until_date,
        time_zone=period.zone.key,
        reason=wanted.reason.strip(),
        made_by=officer.user if officer else None,
        filename=rules.file_name(wanted.dataset, period, wanted.format),
    )
    ledger.append(
        event="export.made",
        by=by,
        object_type="export",
        object=export.id,
        outcome=wanted.dataset,
        details={
            "format": str(wanted.format),
            "from": str(period.from_date),
            "officer": str(officer.pk) if officer else None,
            "time_zone": export.time_zone,
            "until": str(period.until_date),
        },
    )
    return export


def delivered(export: Export, wanted: Wanted, by: Actor) -> Generator[bytes]:
    """The last block waits for the record of the whole: whoever holds a whole export finds it on record.

    A web server may end the answer like any other when we fail half-way; the export then stays unfinished.
    """
    digest, size, lines, held = hashlib.sha256(), 0, 0, b""
    with closing(selectors.blocks(wanted.dataset, *wanted.period.bounds())) as blocks:
        for block, count in blocks:
            digest.update(block)
            size, lines = size + len(block), lines + count
            if held:
                yield held
            held = block
    finish(export=export, rows=lines - 1, size=size, sha256=digest.hexdigest(), by=by)
    yield held


@transaction.atomic
def finish(*, export: Export, rows: int, size: int, sha256: str, by: Actor) -> ExportResult:
    """Record what arrived. Rows are records, the header is none of them."""
    result = ExportResult.record(export=export, rows=rows, size=size, sha256=sha256)
    ledger.append(
        event="export.finished",
        by=by,
        object_type="export",
        object=export.id,
        outcome=export.dataset,
        details={"rows": rows, "sha256": sha256, "size": size},
    )
    return result
