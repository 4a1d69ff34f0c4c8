"""Taking rights requests out over HTTP, beside psql's own COPY of the same SELECT without the guard of its cells."""

import http.client
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import psycopg
from django.db import connection
from django.urls import reverse

from consents.backups.programs import VARIABLES, program
from consents.bench import company, load, programs, scenarios, servers
from consents.bench.load import FORM, WrongAnswer
from consents.bench.scenarios import Token
from consents.bench.sessions import signed_in
from consents.bench.table import Exported
from consents.core.owner import as_owner
from consents.exports import selectors
from consents.exports.kinds import Dataset, Format
from consents.exports.rules import Period, Wanted
from consents.people.models import Role
from consents.rights.models import RightsRequest

ROUNDS = 3  # ours and the floor in turn
PIECE = 256 * 1024
LONGEST = 1800.0  # seconds of one export
DAYS = 700  # over which the requests are spread
# Every tenth was refused and every ninth waits; ids follow from numbers, as everywhere in the bench.
REQUESTS = """
INSERT INTO rights_rightsrequest (id, number, customer_id, regime, jurisdiction, request_type, scope, channel,
        submitted_by, agent_proof, received_at, filed_at, identity_needed, verification_level, verified_at, clocks,
        acknowledged_at, due_at, due_rule, due_unit, calendar_id, target_on, extension_reason, waiting_for, waited_days,
        state, handler_id, responded_at, outcome, response_format, denial_reason, denial_metric_group,
        denial_legal_basis, remedies_told, fee_amount, fee_currency, retain_until, appeal_outcome)
    SELECT bench_id('right', n), 'B-' || n, bench_id('customer', 1 + n %% %(customers)s),
           CASE WHEN us THEN 'ccpa' ELSE 'gdpr' END, CASE WHEN us THEN 'US-CA' ELSE 'DE' END,
           CASE WHEN us THEN 'access:specific' ELSE 'A15' END, '["contact", "orders"]', 'portal', 'self', '', at, at,
           'reasonable', 'session_reauth', at + interval '1 minute', '{}', at,
           at + interval '30 days', CASE WHEN us THEN 'ccpa:7021(b)' ELSE 'gdpr:12(3)' END,
           CASE WHEN us THEN 'calendar_day' ELSE 'month' END, CASE WHEN us THEN 'US-CA' ELSE 'IE' END, at::date + 20,
           '', '', 0, CASE WHEN n %% 9 = 0 THEN 'in_progress' ELSE 'answered' END, handler.user_id,
           CASE WHEN n %% 9 <> 0 THEN at + (n %% 29) * interval '1 day' END,
           CASE WHEN n %% 9 = 0 THEN '' WHEN n %% 10 = 0 THEN 'denied' ELSE 'complied_whole' END,
           CASE WHEN n %% 9 <> 0 THEN 'portal_download' ELSE '' END,
           CASE WHEN n %% 9 <> 0 AND n %% 10 = 0 THEN 'excessive' ELSE '' END,
           CASE WHEN n %% 9 <> 0 AND n %% 10 = 0 THEN 'other' ELSE '' END,
           CASE WHEN n %% 9 <> 0 AND n %% 10 = 0 THEN 'GDPR Art 12(5)' ELSE '' END,
           n %% 9 <> 0 AND n %% 10 = 0, 0, '', CASE WHEN n %% 9 <> 0 THEN at::date + 800 END, ''
    FROM generate_series(1, %(rows)s) AS n
    CROSS JOIN LATERAL (SELECT n %% 3 = 0 AS us,
        portal_now() - interval '1 day' - (n::float / %(rows)s * %(days)s) * interval '1 day' AS at) AS each
    CROSS JOIN (SELECT user_id FROM people_staffmember WHERE role = 'privacy_officer' LIMIT 1) AS handler
"""


def measure(rows: int, customers: int, say: Callable[[str], None]) -> Iterator[Exported]:
    """Each format over HTTP; its memory by the command, with a tenth of the rows first."""
    fill(rows, customers, say)
    cookie = signed_in([company.employ(0x0FF1CE, Role.COMPLIANCE_OFFICER).user])[0]
    with servers.portal_server() as portal:
        token = scenarios.fetch_token(portal)
        for format in Format:
            say(f"Measuring: export of {rows:,} rows as {format} …")
            yield in_turn(Reader(portal, cookie, token), format, rows)


def fill(rows: int, customers: int, say: Callable[[str], None]) -> None:
    """Once in a run."""
    if RightsRequest.objects.filter(number="B-1").exists():
        return
    say(f"Making {rows:,} rights requests …")
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(REQUESTS, {"rows": rows, "customers": customers, "days": DAYS})
        cursor.execute("VACUUM ANALYZE rights_rightsrequest")


def period(share: float = 1) -> Period:
    """The last days in which so great a share of the requests arrived."""
    until = date.today() + timedelta(days=1)
    return Period(until - timedelta(days=2 + round(DAYS * share)), until, selectors.zone())


def in_turn(reader: "Reader", format: Format, rows: int) -> Exported:
    taken, copied = [], []
    for _round in range(ROUNDS if format != Format.XLSX else 1):
        taken.append(reader.take(format))
        copied.append(copy())
    first, seconds, size = (median(figures) for figures in zip(*taken, strict=True))
    small, whole = memory(format, 0.1), memory(format, 1)
    return Exported(str(format), rows, 1000 * first, seconds, size / 2**20, median(copied), small, whole)


class Reader:
    """An officer's browser: presses the button, opens the page of the export, takes the file."""

    def __init__(self, port: int, cookie: str, token: Token) -> None:
        self.port, self.token = port, token
        self.cookie = f"{cookie}; {token.cookie}"

    def take(self, format: Format) -> tuple[float, float, int]:
        """Seconds from the press to the first byte of the file and to its last, and its bytes."""
        days, began = period(), time.monotonic()
        said = {"from_date": days.from_date, "until_date": days.until_date, "format": str(format), "reason": "bench"}
        said |= {"csrfmiddlewaretoken": self.token.field, "token": str(uuid4())}
        made = self.ask("POST", reverse("admin:exports_export_make", args=[Dataset.REQUESTS]), urlencode(said))
        page = self.ask("GET", made.headers.get("Location", "")).read().decode()
        link = re.search(r'href="([^"]*/file/[^"]*)"', page)
        if link is None:
            raise WrongAnswer(f"The page of an export (status {made.status}) has no file.")
        answer, size = self.ask("GET", link[1]), 0
        first = 0.0
        while piece := answer.read1(PIECE):
            first = first or time.monotonic() - began
            size += len(piece)
        return first, time.monotonic() - began, size

    def ask(self, method: str, path: str, form: str = "") -> http.client.HTTPResponse:
        speaking = http.client.HTTPConnection(load.HOST, self.port, timeout=LONGEST)
        given = {"Cookie": self.cookie} | ({"Content-Type": FORM} if form else {})
        speaking.request(method, path, form or None, given)
        answer = speaking.getresponse()
        if answer.status not in (200, 302):
            raise WrongAnswer(f"{method} of an export was answered with status {answer.status}.")
        return answer


def copy() -> float:
    """Seconds of `COPY … TO STDOUT` by psql, of the same rows and columns, no cell guarded."""
    query = selectors.query_of(Wanted(Dataset.REQUESTS, period(), "bench"))
    connection.ensure_connection()
    params = connection.get_connection_params()
    sql = psycopg.ClientCursor(connection.connection).mogrify(
        f"COPY ({query.cells(guarded=False)}) TO STDOUT WITH (FORMAT csv, FORCE_QUOTE *)", query.parameters
    )
    given = {VARIABLES[name]: str(params[name]) for name in VARIABLES if params.get(name)}
    given["PGOPTIONS"] = "-c TimeZone=UTC -c statement_timeout=0"
    began = time.monotonic()
    subprocess.run(
        [program("psql"), "--no-psqlrc", "--quiet", "-c", sql],
        env=os.environ | given,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic() - began


def memory(format: Format, share: float) -> float:
    """Most MiB that `export_records` held, which writes as the web does."""
    days: Any = period(share)
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        words = ["--from", str(days.from_date), "--until", str(days.until_date), "--format", str(format)]
        out = ["--out", str(Path(folder) / "out")]
        ran = programs.run(["export_records", "--dataset", str(Dataset.REQUESTS), *words, *out])
    if ran.code:
        raise WrongAnswer(f"export_records ended with exit code {ran.code}: {ran.last_line}")
    return ran.peak_mib
