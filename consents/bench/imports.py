"""The import, measured as a person runs it: `import_customers` in a process of its own, start-up included."""

import csv
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from django.core.management.base import CommandError

from consents.bench import programs
from consents.bench.table import Import

MAPPING = Path("consents") / "demo" / "customers.toml"
COLUMNS = ["CustomerId", "FirstName", "LastName", "Company", "Address", "City", "State", "Country", "PostalCode"]
COLUMNS += ["Phone", "Fax", "Email"]


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
    ran = programs.run(["import_customers", str(file), "--map", str(MAPPING)])
    if ran.code:
        raise CommandError(f"The import ended with exit code {ran.code}: {ran.last_line}")
    return Import(rows, ran.seconds, ran.peak_mib)
