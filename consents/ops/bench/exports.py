"""Measure exports of rights requests over HTTP, beside psql's COPY of the same SELECT without escaped formulas."""

import http.client
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import psycopg
from django.db import connection
from django.urls import reverse

from consents.core.owner import as_owner, silence_triggers
from consents.exports import selectors
from consents.exports.describing import FOR_PROGRAMS
from consents.exports.rules import Dataset, ExportSpec, Format, Period
from consents.ops.backups.programs import VARIABLES
from consents.ops.bench import company, load, programs, scenarios
from consents.ops.bench.growth_data import RIGHTS_STEPS
from consents.ops.bench.load import FORM, WrongAnswer
from consents.ops.bench.past import list_filled_tables, run_statements
from consents.ops.bench.scenarios import Token
from consents.ops.bench.sessions import create_sessions
from consents.ops.bench.table import MeasuredExport
from consents.ops.embedded import find_program
from consents.people.models import Role
from consents.rights.models import RightsRequest

ROUNDS = 3  # portal and floor in turn
PIECE = 256 * 1024
LONGEST = 1800.0  # seconds of one export
DAYS = 700  # over which the requests are spread
# Every tenth was refused and every ninth waits; ids follow from numbers, as everywhere in the bench.
REQUESTS = """
INSERT INTO rights_rightsrequest (id, number, customer_id, regime, jurisdiction, request_type, scope, channel,
        submitted_by, agent_proof, received_at, filed_at, identity_needed, clocks, due_at, answer_by, due_rule,
        due_unit, calendar_id, target_on, state, handler_id)
    SELECT bench_id('right', n), 'B-' || n, bench_id('customer', 1 + n %% %(customers)s),
           CASE WHEN us THEN 'ccpa' ELSE 'gdpr' END, CASE WHEN us THEN 'US-CA' ELSE 'DE' END,
           CASE WHEN us THEN 'access:specific' ELSE 'A15' END, '["contact", "orders"]', 'portal', 'self', '', at, at,
           'reasonable', '{}', at + interval '30 days', at + interval '30 days',
           CASE WHEN us THEN 'ccpa:7021(b)' ELSE 'gdpr:12(3)' END,
           CASE WHEN us THEN 'calendar_day' ELSE 'month' END, CASE WHEN us THEN 'US-CA' ELSE 'IE' END, at::date + 20,
           CASE WHEN n %% 9 = 0 THEN 'in_progress' ELSE 'answered' END, handler.user_id
    FROM generate_series(1, %(rows)s) AS n
    CROSS JOIN LATERAL (SELECT n %% 3 = 0 AS us,
        portal.now() - interval '1 day' - (n::float / %(rows)s * %(days)s) * interval '1 day' AS at) AS each
    CROSS JOIN (SELECT user_id FROM people_staffmember WHERE role = 'privacy_officer' LIMIT 1) AS handler
"""
# Those of customers who withdrew a moment ago are left as they are.
OF_BENCH = r"""
CREATE TEMP TABLE rights AS
    SELECT * FROM (SELECT *, substring(number FROM '^B-(\d+)$')::int AS n FROM rights_rightsrequest) AS r
    WHERE n IS NOT NULL
"""
FILLED = list_filled_tables([RIGHTS_STEPS])


def measure_exports(portal: int, rows: int, customers: int, say: Callable[[str], None]) -> Iterator[MeasuredExport]:
    """Measure each format over HTTP, and the memory of the command, with a tenth of the rows first."""
    create_requests(rows, customers, say)
    cookie = create_sessions([company.employ_staff(0x0FF1CE, Role.COMPLIANCE_OFFICER).user])[0]
    token = scenarios.fetch_token(portal)
    for format in FOR_PROGRAMS:
        say(f"Measuring: export of {rows:,} rows as {format} …")
        yield measure_format(ExportReader(portal, cookie, token), format, rows)


def create_requests(rows: int, customers: int, say: Callable[[str], None]) -> None:
    """Insert the rights requests, once per run."""
    if RightsRequest.objects.filter(number="B-1").exists():
        return
    say(f"Making {rows:,} rights requests …")
    with as_owner() as owner:
        with silence_triggers(owner, *FILLED) as cursor:
            numbers = {"rows": rows, "customers": customers, "days": DAYS}
            run_statements(cursor, (REQUESTS, OF_BENCH, RIGHTS_STEPS, "DROP TABLE rights"), numbers)
        with owner.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE rights_rightsrequest, {', '.join(FILLED)}")


def get_period(share: float = 1) -> Period:
    """Return the last days in which this share of the requests arrived."""
    until = date.today() + timedelta(days=1)
    return Period(until - timedelta(days=2 + round(DAYS * share)), until, selectors.get_time_zone())


def measure_format(reader: "ExportReader", format: Format, rows: int) -> MeasuredExport:
    taken, copied = [], []
    for _round in range(ROUNDS if format != Format.XLSX else 1):
        taken.append(reader.take(format))
        copied.append(measure_copy())
    first, seconds, size = (median(figures) for figures in zip(*taken, strict=True))
    small, whole = measure_memory(format, 0.1), measure_memory(format, 1)
    return MeasuredExport(str(format), rows, 1000 * first, seconds, size / 2**20, median(copied), small, whole)


class ExportReader:
    """Acts as an officer's browser: requests the export, opens its page, downloads the file."""

    def __init__(self, port: int, cookie: str, token: Token) -> None:
        self.port, self.token = port, token
        self.cookie = f"{cookie}; {token.cookie}"

    def take(self, format: Format) -> tuple[float, float, int]:
        """Return the seconds from the request to the first and last byte of the file, and its size."""
        days, began = get_period(), time.monotonic()
        last = days.until_date - timedelta(days=1)
        said = {"from_date": days.from_date, "last_date": last, "format": str(format), "reason": "bench"}
        said |= {"csrfmiddlewaretoken": self.token.field, "token": str(uuid4())}
        with self.ask("POST", reverse("admin:exports_export_make", args=[Dataset.REQUESTS]), urlencode(said)) as made:
            path = made.headers.get("Location", "")
        with self.ask("GET", path) as page:
            link = re.search(r'href="([^"]*/file/[^"]*)"', page.read().decode())
        if link is None:
            raise WrongAnswer(f"The page of an export (status {made.status}) has no file.")
        first, size = 0.0, 0
        with self.ask("GET", link[1]) as answer:
            while piece := answer.read1(PIECE):
                first = first or time.monotonic() - began
                size += len(piece)
        return first, time.monotonic() - began, size

    @contextmanager
    def ask(self, method: str, path: str, form: str = "") -> Iterator[http.client.HTTPResponse]:
        given = {"Cookie": self.cookie} | ({"Content-Type": FORM} if form else {})
        with closing(http.client.HTTPConnection(load.HOST, self.port, timeout=LONGEST)) as speaking:
            speaking.request(method, path, form or None, given)
            answer = speaking.getresponse()
            if answer.status not in (200, 302):
                raise WrongAnswer(f"{method} of an export was answered with status {answer.status}.")
            yield answer


def measure_copy() -> float:
    """Return the seconds of `COPY … TO STDOUT` by psql for the same rows and columns, without escaping."""
    query = selectors.build_query(ExportSpec(Dataset.REQUESTS, get_period(), "bench"))
    connection.ensure_connection()
    params = connection.get_connection_params()
    sql = psycopg.ClientCursor(connection.connection).mogrify(
        f"COPY ({query.cells(guarded=False)}) TO STDOUT WITH (FORMAT csv, FORCE_QUOTE *)", query.parameters
    )
    given = {VARIABLES[name]: str(params[name]) for name in VARIABLES if params.get(name)}
    given["PGOPTIONS"] = "-c TimeZone=UTC -c statement_timeout=0"
    began = time.monotonic()
    subprocess.run(
        [find_program("psql"), "--no-psqlrc", "--quiet", "-c", sql],
        env=os.environ | given,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic() - began


def measure_memory(format: Format, share: float) -> float:
    """Return the peak memory in MiB of `export_records`, which writes as the web server does."""
    days: Any = get_period(share)
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        words = ["--from", str(days.from_date), "--until", str(days.until_date), "--format", str(format)]
        out = ["--out", str(Path(folder) / "out")]
        ran = programs.run_command(["export_records", "--dataset", str(Dataset.REQUESTS), *words, *out])
    if ran.code:
        raise WrongAnswer(f"export_records ended with exit code {ran.code}: {ran.last_line}")
    return ran.peak_mib
