"""Measure commands of the portal in processes of their own, start-up included."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from bench.database import build_environment
from bench.http_load import WrongAnswer
from bench.report import IMPORT, NONE, Row
from consents.core import clock

MAPPING = Path("consents") / "ops" / "demo" / "customers.toml"
COLUMNS = ["CustomerId", "FirstName", "LastName", "Company", "Address", "City", "State", "Country", "PostalCode"]
COLUMNS += ["Phone", "Fax", "Email"]
LEAST_JUDGED = 100_000  # rows; of fewer the start of the command would be judged


def measure_import(rows: int, say: Callable[[str], None]) -> Row:
    """Measure `import_customers` of so many new customers. Raises WrongAnswer."""
    say(f"Measuring: import of {rows:,} …")
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        file = Path(folder) / "customers.csv"
        write_customers(file, rows)
        seconds = time_command("import_customers", str(file), "--map", str(MAPPING))
    return Row(f"import of {rows:,}", IMPORT if rows >= LEAST_JUDGED else NONE, rate=rows / seconds)


def write_customers(file: Path, rows: int) -> None:
    with file.open("w", newline="", encoding="utf-8") as target:
        out = csv.writer(target)
        out.writerow(COLUMNS)
        for number in range(1, rows + 1):
            place = [f"Long Street {number % 300}", "Harbour", "", "Germany", f"{number % 90000 + 10000}"]
            who, phone = f"I-{number}", f"+49 30 {number:07}"
            out.writerow([who, "Ada", f"Example {number}", "", *place, phone, "", f"{who}@example.com"])


def measure_export(say: Callable[[str], None]) -> Row:
    """Measure `export_records` of the consents that stand in the ledger, as CSV. Raises WrongAnswer."""
    say("Measuring: export …")
    today = clock.now().date()
    period = ["--from", str(today - timedelta(days=2)), "--until", str(today + timedelta(days=1))]
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        file = Path(folder) / "consents.csv"
        seconds = time_command("export_records", "--dataset", "consent_events", *period, "--out", str(file))
        with file.open(newline="", encoding="utf-8") as lines:
            rows = sum(1 for _row in csv.reader(lines)) - 1
    return Row(f"export of {rows:,}", NONE, rate=rows / seconds)


def time_command(*words: str) -> float:
    """Run a command to its end and return its seconds. Raises WrongAnswer if it fails."""
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=os.environ | build_environment(),
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise WrongAnswer(f"{words[0]} ended with exit code {ran.returncode}: {ran.stderr.strip()[-300:]}")
    return time.monotonic() - began
