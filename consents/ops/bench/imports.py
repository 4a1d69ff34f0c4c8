"""Measure `import_customers` in its own process, including start-up."""

import csv
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from django.core.management.base import CommandError

from consents.ops.bench import programs
from consents.ops.bench.table import MeasuredImport

MAPPING = Path("consents") / "ops" / "demo" / "customers.toml"
COLUMNS = ["CustomerId", "FirstName", "LastName", "Company", "Address", "City", "State", "Country", "PostalCode"]
COLUMNS += ["Phone", "Fax", "Email"]


def measure_imports(rows: int, say: Callable[[str], None]) -> Iterator[MeasuredImport]:
    """Measure a tenth of the rows, then all, which shows whether memory grows. All customers are new."""
    for count in sorted({max(1, rows // 10), rows} if rows else set()):
        say(f"Measuring: import of {count:,} rows …")
        with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
            file = Path(folder) / "customers.csv"
            write_customers(file, count)
            ran = programs.run_command(["import_customers", str(file), "--map", str(MAPPING)])
        if ran.code:
            raise CommandError(f"The import ended with exit code {ran.code}: {ran.last_line}")
        yield MeasuredImport(count, ran.seconds, ran.processor, ran.peak_mib)


def write_customers(file: Path, rows: int) -> None:
    with file.open("w", newline="", encoding="utf-8") as target:
        out = csv.writer(target)
        out.writerow(COLUMNS)
        out.writerows(build_row(rows, number) for number in range(1, rows + 1))


def build_row(rows: int, number: int) -> list[str]:
    """Build a row. `rows` makes the references of one file differ from those of another."""
    who = f"I{rows}-{number}"
    place = [f"Long Street {number % 300}", "Harbour", "", "Germany", f"{number % 90000 + 10000}"]
    return [who, "Ada", f"Example {number}", "", *place, f"+49 30 {number:07}", "", f"{who}@example.com"]
