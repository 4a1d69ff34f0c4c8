"""The figures of a run as a table for people, or as one object."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import granian
from django.conf import settings
from django.db import connection

from consents.ops.bench.load import Figures
from consents.ops.running.portal import count_cores


@dataclass(frozen=True)
class MeasuredPage:
    """A page at a number of clients, beside the floor: a bare page of Django with as many letters.

    `processor`: milliseconds that one page costs the web server.
    """

    page: str
    queries: int
    clients: int
    processor: float
    portal: Figures
    floor: Figures

    @property
    def ratio(self) -> float:
        return self.portal.rate / self.floor.rate


@dataclass(frozen=True)
class MeasuredImport:
    """`processor`: seconds of the command's own; the database's come on top, on another core."""

    rows: int
    seconds: float
    processor: float
    peak_mib: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def describe_machine(*, customers: int, purposes: int, seconds: float) -> dict[str, Any]:
    """Return the facts that the figures depend on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    return {
        "cores": count_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": version.split()[0],
        "server": "embedded" if settings.EMBEDDED else "server of its own",
        "fsync": fsync,
        "granian": granian.__version__,
        "processes": count_cores(),
        "threads": settings.REQUESTS_AT_ONCE,
        "customers": customers,
        "purposes": purposes,
        "seconds": seconds,
    }


def render_heading(facts: dict[str, Any]) -> str:
    return (
        "{cores} cores, {system}, Python {python}, PostgreSQL {postgresql} ({server}, fsync {fsync}), "
        "granian {granian} ({processes} × {threads} threads), {customers:,} customers × {purposes} purposes, "
        "{seconds:g} s each"
    ).format(**facts)


@dataclass(frozen=True)
class MeasuredPair:
    """An act on one connection, beside the plain statements it is compared with."""

    act: str
    clients: int
    portal: Figures
    floor: Figures

    @property
    def ratio(self) -> float:
        return self.portal.rate / self.floor.rate


@dataclass(frozen=True)
class MeasuredVerification:
    entries: int
    seconds: float
    processor: float
    peak_mib: float

    @property
    def rate(self) -> float:
        """Return entries a second of processor time: what one core does."""
        return self.entries / self.processor


@dataclass(frozen=True)
class MeasuredHistory:
    """Opening data next to a history of `entries`."""

    entries: int
    opening: Figures


@dataclass(frozen=True)
class MeasuredPublication:
    """Withdrawals of one customer after the other, alone and during the publication of a material version.

    `standing`: how many had agreed; `seconds`: what publishing took; `told`: to how many an email was queued meanwhile.
    """

    standing: int
    seconds: float
    told: int
    quiet: Figures
    during: Figures


@dataclass(frozen=True)
class MeasuredExport:
    """An export in one format over HTTP, psql's COPY of the same rows, and peak memory for a tenth and all of them."""

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
class MeasuredCharts:
    """The year in charts: requests on record and of that year, the page, and one GROUP BY over the table."""

    rows: int
    of_year: int
    page_ms: float
    floor_ms: float

    @property
    def ratio(self) -> float:
        return self.page_ms / self.floor_ms


@dataclass(frozen=True)
class MeasuredCount:
    """A count for statistics in one pass; `floor_rate`: customers a second decrypted and counted out of memory."""

    customers: int
    records: int
    seconds: float
    floor_rate: float
    peak_mib: float

    @property
    def ratio(self) -> float:
        return self.customers / self.seconds / self.floor_rate


@dataclass(frozen=True)
class MeasuredGrowth:
    """A page of one person in a small company and in a large one; `slowest`: the statement that takes longest there."""

    person: str
    page: str
    small_ms: float
    large_ms: float
    small_statements: int
    large_statements: int
    slowest_ms: float
    slowest: str

    @property
    def ratio(self) -> float:
        return self.large_ms / self.small_ms

    @property
    def title(self) -> str:
        return f"{self.person}: {self.page}"


@dataclass(frozen=True)
class BenchResult:
    """All of a run; parts that were left out are empty."""

    pages: Sequence[MeasuredPage] = ()
    acts: Sequence[MeasuredPair] = ()
    imports: Sequence[MeasuredImport] = ()
    verified: Sequence[MeasuredVerification] = ()
    published: Sequence[MeasuredPublication] = ()
    exports: Sequence[MeasuredExport] = ()
    charted: Sequence[MeasuredCharts] = ()
    counted: Sequence[MeasuredCount] = ()
    history: Sequence[MeasuredHistory] = ()
    grown: Sequence[MeasuredGrowth] = ()


PAGES = [
    "page",
    "queries",
    "clients",
    "processor ms",
    "requests/s",
    "p50 ms",
    "p95 ms",
    "bare/s",
    "bare p50",
    "bare p95",
    "ratio",
]
ACTS = ["act", "clients", "acts/s", "p50 ms", "p95 ms", "plain/s", "plain p50", "plain p95", "ratio"]
IMPORTS = ["import", "seconds", "rows/s", "processor ms per 1,000", "peak MiB"]
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
COUNTED = ["count", "records", "seconds", "customers/s", "in memory/s", "ratio", "peak MiB"]
GROWN = ["page", "small p50 ms", "large p50 ms", "ratio", "small statements", "large statements", "slowest ms"]
MOST_GROWTH = 1.2  # times as long as in a small company
HISTORY = ["open data beside", "requests/s", "p50 ms", "p95 ms", "p50 ratio"]


def render_tables(measured: BenchResult) -> list[str]:
    """Render a table for each part that was measured."""
    parts = [
        [PAGES, *(render_page_row(row) for row in measured.pages)],
        [ACTS, *([row.act, str(row.clients), *render_figures_pair(row), f"{row.ratio:.2f}"] for row in measured.acts)],
        [IMPORTS, *(render_import(row) for row in measured.imports)],
        [VERIFIED, *(render_verification(row) for row in measured.verified)],
        [PUBLISHED, *(line for row in measured.published for line in render_publication(row))],
        [EXPORTS, *(render_export(row) for row in measured.exports)],
        [CHARTED, *(render_chart(row) for row in measured.charted)],
        [COUNTED, *(render_count(row) for row in measured.counted)],
        [HISTORY, *(render_growth(row, measured.history[0]) for row in measured.history)],
        [GROWN, *map(render_grown, sorted(measured.grown, key=lambda page: page.ratio))],
    ]
    return [*(align_columns(lines) for lines in parts if len(lines) > 1), *render_slow_growth(measured.grown)]


def render_page_row(row: MeasuredPage) -> list[str]:
    counted = [str(row.queries), str(row.clients), f"{row.processor:.1f}"]
    return [row.page, *counted, *render_figures_pair(row), f"{row.ratio:.2f}"]


def render_figures_pair(row: MeasuredPage | MeasuredPair) -> list[str]:
    return [text for one in (row.portal, row.floor) for text in render_figures(one)]


def render_figures(one: Figures) -> list[str]:
    return [f"{one.rate:,.1f}", f"{one.p50:.2f}", f"{one.p95:.2f}"]


def render_import(row: MeasuredImport) -> list[str]:
    used = [f"{row.rate:,.0f}", f"{1_000_000 * row.processor / row.rows:,.0f}", f"{row.peak_mib:.0f}"]
    return [f"{row.rows:,} rows", f"{row.seconds:.1f}", *used]


def render_verification(row: MeasuredVerification) -> list[str]:
    used = [f"{row.seconds:.1f}", f"{row.processor:.1f}", f"{row.rate:,.0f}", f"{row.peak_mib:.0f}"]
    return [f"{row.entries:,} entries", *used]


def render_publication(row: MeasuredPublication) -> Iterator[list[str]]:
    beside = f"publishing to {row.standing:,} ({1000 * row.seconds:.0f} ms), telling {row.told:,}"
    for what, one in (("nothing", row.quiet), (beside, row.during)):
        yield [f"beside {what}", *render_figures(one), f"{one.most:.2f}"]


def render_export(row: MeasuredExport) -> list[str]:
    speed = [f"{row.first_ms:.0f}", f"{row.seconds:.2f}", f"{row.rows / row.seconds:,.0f}", f"{row.mib:.0f}"]
    peaks = [f"{row.peak_of_tenth_mib:.0f}", f"{row.peak_mib:.0f}"]
    return [row.format, f"{row.rows:,}", *speed, f"{row.copy_seconds:.2f}", f"{row.ratio:.2f}", *peaks]


def render_chart(row: MeasuredCharts) -> list[str]:
    speed = [f"{row.page_ms:.0f}", f"{row.floor_ms:.0f}", f"{row.ratio:.2f}"]
    return [f"{row.rows:,} requests", f"{row.of_year:,}", *speed]


def render_count(row: MeasuredCount) -> list[str]:
    rates = [f"{row.customers / row.seconds:,.0f}", f"{row.floor_rate:,.0f}", f"{row.ratio:.2f}"]
    return [f"{row.customers:,} customers", f"{row.records:,}", f"{row.seconds:.1f}", *rates, f"{row.peak_mib:.0f}"]


def render_growth(row: MeasuredHistory, first: MeasuredHistory) -> list[str]:
    return [f"{row.entries:,} entries", *render_figures(row.opening), f"{row.opening.p50 / first.opening.p50:.2f}"]


def render_grown(page: MeasuredGrowth) -> list[str]:
    times = [f"{page.small_ms:.1f}", f"{page.large_ms:.1f}", f"{page.ratio:.2f}"]
    return [page.title, *times, str(page.small_statements), str(page.large_statements), f"{page.slowest_ms:.1f}"]


def render_slow_growth(pages: Sequence[MeasuredGrowth]) -> list[str]:
    """Name the pages that take longer than they may, each with the statement that takes longest."""
    slow = [page for page in pages if page.ratio > MOST_GROWTH]
    within = f"{len(pages) - len(slow)} of {len(pages)} pages take at most {MOST_GROWTH} × as long"
    return [*(f"{page.title}: {page.ratio:.2f} ×\n  {page.slowest}" for page in slow), within] if pages else []


def align_columns(lines: Sequence[Sequence[str]]) -> str:
    """Align the first column to the left, the others to the right."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def build_report(facts: dict[str, Any], measured: BenchResult) -> dict[str, Any]:
    """Build it with times in milliseconds and rates per second."""
    return {"machine": facts} | {
        part: [describe_figures(figures) for figures in rows] for part, rows in vars(measured).items()
    }


def describe_figures(figures: Any) -> dict[str, Any]:
    return asdict(figures) | {name: getattr(figures, name) for name in ("ratio", "rate") if hasattr(figures, name)}
