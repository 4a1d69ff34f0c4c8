"""Measure an entry of the ledger beside a plain INSERT of the same row, with pgbench."""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.database import build_environment, record_additions
from bench.http_load import WrongAnswer
from bench.report import APPEND, Row
from consents.core.owner import as_owner
from consents.ops.embedded import find_program

CLIENTS, ROUNDS = 8, 3  # ours and the floor in turn, so that a machine that slows down slows both
CUSTOMER = "\\set n random(1, :customers)\n"
APPEND_ENTRY = f"""{CUSTOMER}
SELECT portal.append_entry('consent.given', md5('customer' || :n)::uuid, 'customer', md5('user' || :n)::uuid::text,
    'choice', '1', 'purpose-1', 'portal', NULL, 'ConsentGiven', '{{"version":1}}');
"""
# The same columns and indexes, but no policies, triggers or hash chains.
PLAIN = """
CREATE TABLE bench_plain_entry (LIKE ledger_entry INCLUDING ALL);
CREATE TABLE bench_plain_made AS
    SELECT previous, canonical, hash FROM ledger_entry WHERE customer IS NOT NULL ORDER BY id DESC LIMIT 1;
GRANT SELECT ON bench_plain_made TO portal_app
"""
INSERT_ENTRY = f"""{CUSTOMER}
INSERT INTO bench_plain_entry (chain, sequence, occurred_at, event, customer, actor_kind, actor, object_type, object,
        purpose, channel, outcome, details, previous, canonical, hash)
    SELECT gen_random_uuid(), 1, statement_timestamp(), 'consent.given', md5('customer' || :n)::uuid, 'customer',
           md5('user' || :n)::uuid, 'choice', '1', 'purpose-1', 'portal', 'ConsentGiven', '{{"version":1}}', previous,
           canonical, hash FROM bench_plain_made;
"""


def measure_append(customers: int, seconds: float, say: Callable[[str], None]) -> Row:
    """Raises WrongAnswer."""
    say("Measuring: ledger …")
    with as_owner() as owner:
        with owner.cursor() as cursor:
            cursor.execute(PLAIN)
        record_additions(owner)
    rounds = [
        (run_pgbench(APPEND_ENTRY, customers, seconds / ROUNDS), run_pgbench(INSERT_ENTRY, customers, seconds / ROUNDS))
        for _round in range(ROUNDS)
    ]
    ours, plain = (median(rates) for rates in zip(*rounds, strict=True))
    return Row("ledger entry", APPEND, 1000 * CLIENTS / ours, ratio=ours / plain, rate=ours)


def run_pgbench(script: str, customers: int, seconds: float) -> float:
    """Return how many transactions a second it counts. Raises WrongAnswer."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        options = {
            "-c": CLIENTS,
            "-j": 2,
            "-T": max(1, round(seconds)),
            "-D": f"customers={customers}",
            "-f": file.name,
        }
        ran = subprocess.run(
            [find_program("pgbench"), "-n", *(str(word) for option in options.items() for word in option)],
            env=os.environ | build_environment(),
            cwd=Path.home(),
            capture_output=True,
            text=True,
        )
    found = re.search(r"tps = ([\d.]+)", ran.stdout)
    if ran.returncode or found is None:
        raise WrongAnswer(f"pgbench ended with exit code {ran.returncode}: {ran.stderr.strip()[-300:]}")
    return float(found[1])
