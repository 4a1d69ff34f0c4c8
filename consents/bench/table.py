"""The figures of a run as a table for people, or as one object."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import granian
from django.conf import settings
from django.db import connection

from consents.bench.load import Figures
from consents.running.portal import cores


@dataclass(frozen=True)
class Row:
    """One page at so many clients, beside the floor: as many raw SELECTs as the page has queries."""

    page: str
    queries: int
    clients: int
    portal: Figures
    floor: Figures

    @property
    def ratio(self) -> float:
        return self.portal.rate / self.floor.rate


@dataclass(frozen=True)
class Import:
    rows: int
    seconds: float
    peak_mib: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def machine(*, customers: int, purposes: int, seconds: float) -> dict[str, Any]:
    """Facts the figures depend on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return {
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": version.split()[0],
        "server": "embedded" if settings.EMBEDDED else "server of its own",
        "fsync": fsync,
        "granian": granian.__version__,
        "processes": cores(),
        "threads": settings.REQUESTS_AT_ONCE,
        "customers": customers,
        "purposes": purposes,
        "seconds": seconds,
    }


def heading(facts: dict[str, Any]) -> str:
    return (
        "{cores} cores, {system}, Python {python}, PostgreSQL {postgresql} ({server}, fsync {fsync}), "
        "granian {granian} ({processes} × {threads} threads), {customers:,} customers × {purposes} purposes, "
        "{seconds:g} s each"
    ).format(**facts)


@dataclass(frozen=True)
class Act:
    """An act on one connection, beside the plain statements it is compared with."""

    act: str
    clients: int
    portal: Figures
    floor: Figures

    @property
    def ratio(self) -> float:
        return self.portal.rate / self.floor.rate


@dataclass(frozen=True)
class Verified:
    entries: int
    seconds: float
    processor: float
    peak_mib: float

    @property
    def rate(self) -> float:
        """Entries a second of processor time: what one core does."""
        return self.entries / self.processor


@dataclass(frozen=True)
class Grown:
    """Opening data beside a history of so many entries."""

    entries: int
    opening: Figures


@dataclass(frozen=True)
class Published:
    """Withdrawals of one customer after the other, beside nothing and beside the publication of a material version.

    `standing`: how many had agreed; `seconds`: what publishing took; `told`: to how many a mail was queued meanwhile.
    """

    standing: int
    seconds: float
    told: int
    quiet: Figures
    during: Figures


@dataclass(frozen=True)
class Exported:
    """One format over HTTP: to the first byte and the last; psql's COPY of the same rows; memory for a tenth of the
    rows and for all of them."""

    format: str
    rows: int
    first_ms: float
    seconds: float
    mib: float
    copy_seconds: float
    peak_of_tenth_mib: float
    peak_mib: float

    @property
    def ratio(self) -> float:
        return self.copy_seconds / self.seconds


@dataclass(frozen=True)
class Charted:
    """The year in charts: requests on record and of that year, the page, and one GROUP BY over the table."""

    rows: int
    of_year: int
    page_ms: float
    floor_ms: float

    @property
    def ratio(self) -> float:
        return self.page_ms / self.floor_ms


@dataclass(frozen=True)
class Measured:
    """All of a run; parts that were left out are empty."""

    pages: Sequence[Row] = ()
    acts: Sequence[Act] = ()
    imports: Sequence[Import] = ()
    verified: Sequence[Verified] = ()
    published: Sequence[Published] = ()
    history: Sequence[Grown] = ()
    exports: Sequence[Exported] = ()
    charted: Sequence[Charted] = ()


PAGES = ["page", "queries", "clients", "requests/s", "p50 ms", "p95 ms", "floor/s", "floor p50", "floor p95", "ratio"]
ACTS = ["act", "clients", "acts/s", "p50 ms", "p95 ms", "plain/s", "plain p50", "plain p95", "ratio"]
IMPORTS = ["import", "seconds", "rows/s", "peak MiB"]
VERIFIED = ["verify_ledger", "seconds", "processor s", "entries/s of it", "peak MiB"]
PUBLISHED = ["withdrawals", "requests/s", "p50 ms", "p95 ms", "longest ms"]
EXPORTS = [
    "export",
    "rows",
    "first byte ms",
    "seconds",
    "rows/s",
    "MiB",
    "COPY s",
    "ratio",
    "peak MiB, 1/10",
    "peak MiB",
]
CHARTED = ["year in charts", "of that year", "page ms", "GROUP BY ms", "times"]
HISTORY = ["open data beside", "requests/s", "p50 ms", "p95 ms", "p50 ratio"]


def tables(measured: Measured) -> list[str]:
    """One for each part that was measured."""
    parts = [
        [PAGES, *(page(row) for row in measured.pages)],
        [ACTS, *([row.act, str(row.clients), *beside(row), f"{row.ratio:.2f}"] for row in measured.acts)],
        [IMPORTS, *(imported(row) for row in measured.imports)],
        [VERIFIED, *(walked(row) for row in measured.verified)],
        [PUBLISHED, *(line for row in measured.published for line in withdrawn(row))],
        [EXPORTS, *(exported(row) for row in measured.exports)],
        [CHARTED, *(charted(row) for row in measured.charted)],
        [HISTORY, *(grown(row, measured.history[0]) for row in measured.history)],
    ]
    return [aligned(lines) for lines in parts if len(lines) > 1]


def page(row: Row) -> list[str]:
    return [row.page, str(row.queries), str(row.clients), *beside(row), f"{row.ratio:.2f}"]


def beside(row: Row | Act) -> list[str]:
    return [text for one in (row.portal, row.floor) for text in figures(one)]


def figures(one: Figures) -> list[str]:
    return [f"{one.rate:,.1f}", f"{one.p50:.2f}", f"{one.p95:.2f}"]


def imported(row: Import) -> list[str]:
    return [f"{row.rows:,} rows", f"{row.seconds:.1f}", f"{row.rate:,.0f}", f"{row.peak_mib:.0f}"]


def walked(row: Verified) -> list[str]:
    used = [f"{row.seconds:.1f}", f"{row.processor:.1f}", f"{row.rate:,.0f}", f"{row.peak_mib:.0f}"]
    return [f"{row.entries:,} entries", *used]


def withdrawn(row: Published) -> Iterator[list[str]]:
    beside = f"publishing to {row.standing:,} ({1000 * row.seconds:.0f} ms), telling {row.told:,}"
    for what, one in (("nothing", row.quiet), (beside, row.during)):
        yield [f"beside {what}", *figures(one), f"{one.most:.2f}"]


def exported(row: Exported) -> list[str]:
    speed = [f"{row.first_ms:.0f}", f"{row.seconds:.2f}", f"{row.rows / row.seconds:,.0f}", f"{row.mib:.0f}"]
    peaks = [f"{row.peak_of_tenth_mib:.0f}", f"{row.peak_mib:.0f}"]
    return [row.format, f"{row.rows:,}", *speed, f"{row.copy_seconds:.2f}", f"{row.ratio:.2f}", *peaks]


def charted(row: Charted) -> list[str]:
    speed = [f"{row.page_ms:.0f}", f"{row.floor_ms:.0f}", f"{row.ratio:.2f}"]
    return [f"{row.rows:,} requests", f"{row.of_year:,}", *speed]


def grown(row: Grown, first: Grown) -> list[str]:
    return [f"{row.entries:,} entries", *figures(row.opening), f"{row.opening.p50 / first.opening.p50:.2f}"]


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """First column to the left, the others to the right."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def as_object(facts: dict[str, Any], measured: Measured) -> dict[str, Any]:
    """Times in milliseconds, rates per second."""
    return {
        "machine": facts,
        "pages": [asdict(row) | {"ratio": row.ratio} for row in measured.pages],
        "acts": [asdict(row) | {"ratio": row.ratio} for row in measured.acts],
        "imports": [asdict(row) | {"rate": row.rate} for row in measured.imports],
        "verified": [asdict(row) | {"rate": row.rate} for row in measured.verified],
        "published": [asdict(row) for row in measured.published],
        "exports": [asdict(row) | {"ratio": row.ratio} for row in measured.exports],
        "charted": [asdict(row) | {"ratio": row.ratio} for row in measured.charted],
        "history": [asdict(row) for row in measured.history],
    }
