"""The figures of a run as a table for people, or as one object."""

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import granian
from django.conf import settings
from django.db import connection

from consents.bench.load import Figures
from consents.running.portal import THREADS, cores


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
        "threads": THREADS,
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


PAGES = ["page", "queries", "clients", "requests/s", "p50 ms", "p95 ms", "floor/s", "floor p50", "floor p95", "ratio"]
IMPORTS = ["import", "seconds", "rows/s", "peak MiB"]


def pages(rows: Sequence[Row]) -> str:
    return aligned([PAGES, *(cells(row) for row in rows)])


def cells(row: Row) -> list[str]:
    figures = [
        text for one in (row.portal, row.floor) for text in (f"{one.rate:,.1f}", f"{one.p50:.2f}", f"{one.p95:.2f}")
    ]
    return [row.page, str(row.queries), str(row.clients), *figures, f"{row.ratio:.2f}"]


def imports(rows: Sequence[Import]) -> str:
    told = [[f"{row.rows:,} rows", f"{row.seconds:.1f}", f"{row.rate:,.0f}", f"{row.peak_mib:.0f}"] for row in rows]
    return aligned([IMPORTS, *told])


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


def as_object(facts: dict[str, Any], rows: Sequence[Row], loaded: Sequence[Import]) -> dict[str, Any]:
    """Times in milliseconds, rates per second."""
    return {
        "machine": facts,
        "pages": [asdict(row) | {"ratio": row.ratio} for row in rows],
        "imports": [asdict(row) | {"rate": row.rate} for row in loaded],
    }
