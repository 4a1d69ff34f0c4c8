"""The import, measured as a person runs it: `import_customers` in a process of its own, start-up included."""

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import psutil
from django.conf import settings
from django.core.management.base import CommandError

from consents.bench import servers
from consents.bench.table import Import

MAPPING = Path("consents") / "demo" / "customers.toml"
COLUMNS = ["CustomerId", "FirstName", "LastName", "Company", "Address", "City", "State", "Country", "PostalCode"]
COLUMNS += ["Phone", "Fax", "Email"]
LOOK_EVERY = 0.05  # seconds, at the memory of the process


def measure(rows: int, say: Callable[[str], None]) -> Iterator[Import]:
    """A tenth of the rows, then all of them: memory that grows with the file shows. Every row is a new customer."""
    for count in sorted({max(1, rows // 10), rows} if rows else set()):
        say(f"Measuring: import of {count:,} rows …")
        with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
            file = Path(folder) / "customers.csv"
            write(file, count)
            yield run(file, count)


def write(file: Path, rows: int) -> None:
    with file.open("w", newline="", encoding="utf-8") as target:
        out = csv.writer(target)
        out.writerow(COLUMNS)
        out.writerows(made_up(rows, number) for number in range(1, rows + 1))


def made_up(rows: int, number: int) -> list[str]:
    """`rows` keeps the customers of one file from being those of another."""
    who = f"I{rows}-{number}"
    place = [f"Long Street {number % 300}", "Harbour", "", "Germany", f"{number % 90000 + 10000}"]
    return [who, "Ada", f"Example {number}", "", *place, f"+49 30 {number:07}", "", f"{who}@example.com"]


def run(file: Path, rows: int) -> Import:
    words = ["manage.py", "import_customers", str(file), "--map", str(MAPPING)]
    with tempfile.TemporaryFile("w+") as said:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=settings.BASE_DIR,
            env=servers.environment(),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        try:
            peak = peak_of(process)
        finally:
            process.terminate()
            process.wait()
        if process.returncode:
            raise CommandError(f"The import ended with exit code {process.returncode}: {last_line(said)}")
        return Import(rows, time.monotonic() - began, peak / 2**20)


def peak_of(process: subprocess.Popen[bytes]) -> int:
    """The most resident memory it was seen to have, in bytes; returns when it has ended."""
    peak = 0
    while process.poll() is None:
        with suppress(psutil.Error):
            peak = max(peak, psutil.Process(process.pid).memory_info().rss)
        time.sleep(LOOK_EVERY)
    return peak


def last_line(said: TextIO) -> str:
    said.seek(0)
    return (said.read().strip().splitlines() or ["it said nothing."])[-1]
