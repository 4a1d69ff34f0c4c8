"""Run the bench: create data, start the portal, measure every part, each followed by its floor."""

import csv
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from multiprocessing.pool import Pool
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from django.core.management.base import CommandError
from django.db import connection
from django.urls import reverse

from consents.core import clock
from consents.core.owner import as_owner
from consents.exports import selectors
from consents.exports.staff.compliance.counting import get_year_bounds
from consents.ledger.models import Entry
from consents.ledger.services.appending import write_waiting_entries
from consents.ops.bench import (
    acts,
    company,
    customers,
    direct,
    exports,
    growth,
    insights,
    load,
    past,
    programs,
    publications,
    scenarios,
    servers,
    stock,
)
from consents.ops.bench.company import Office
from consents.ops.bench.customers import Reader
from consents.ops.bench.database import record_additions
from consents.ops.bench.load import Call, Figures
from consents.ops.bench.past import run_statements
from consents.ops.bench.sessions import create_sessions
from consents.ops.bench.stock import PendingRequest
from consents.ops.bench.table import (
    BenchResult,
    MeasuredCharts,
    MeasuredHistory,
    MeasuredImport,
    MeasuredPage,
    MeasuredPair,
    MeasuredPublication,
    MeasuredVerification,
)
from consents.people.models import Role
from consents.rights.models import RightsRequest

MOST_READERS = 80
MOST_ANSWERING = 2000
# The stock lasts for this many answers per second. On a faster machine the measurement ends sooner but is valid.
STOCK_PER_SECOND = 300
PARTS = ("pages", "acts", "import", "verify", "export", "metrics", "publish", "insight", "history")
GROWTH = "growth"  # only when named: it fills two databases of its own
OVER_HTTP = {"pages", "export", "metrics", "publish", "history"}


@dataclass(frozen=True)
class Plan:
    """`seconds` per measurement, warm-up not included; `clients`: how many at once, one measurement each.

    `import_rows`, `export_rows`, `standing` (consents), `counted` (customers) and `history` (entries) are those of the
    parts import, export and metrics, publish, insight, history. `entries`: of the ledger, for the part growth.
    """

    customers: int
    seconds: float
    clients: Sequence[int]
    parts: Sequence[str] = PARTS
    import_rows: int = 0
    standing: int = 0
    export_rows: int = 0
    history: int = 0
    counted: int = 0
    entries: int = 0

    @property
    def readers(self) -> int:
        return min(MOST_READERS, self.customers // 2)

    @property
    def stock_each(self) -> int:
        return max(max(self.clients), round(STOCK_PER_SECOND * self.seconds * (1 + load.WARM_SHARE)))


@dataclass(frozen=True)
class BenchData:
    readers: Sequence[Reader]
    stock: Sequence[PendingRequest]


def measure_plan(plan: Plan, say: Callable[[str], None]) -> BenchResult:
    """Fill the database and measure. Raises WrongAnswer."""
    if GROWTH in plan.parts:
        return BenchResult(grown=list(growth.measure_growth(plan.customers, plan.entries, say)))
    return measure_all(plan, create_data(plan, say), say)


def create_data(plan: Plan, say: Callable[[str], None]) -> BenchData:
    """Fill the bench's empty database."""
    with as_owner() as owner:
        company.create_company()
        past.create_past(owner, customers=plan.customers, readers=plan.readers, say=say)
        record_additions(owner)
    say("Making what waits and what runs …")
    office = Office()
    readers = customers.create_readers(office, plan.readers)
    answering = range(plan.readers + 1, min(plan.customers, plan.readers + MOST_ANSWERING) + 1)
    waiting = stock.create_stock(office, answering, 1 + plan.stock_each * len(plan.clients))
    write_waiting_entries()  # or the first no that is measured would write the journal of the whole past
    return BenchData(readers, waiting)


def measure_all(plan: Plan, data: BenchData, say: Callable[[str], None]) -> BenchResult:
    """Measure the parts of the plan in order; the history grows last. Raises WrongAnswer."""
    wanted = set(plan.parts)
    with servers.start_portal() if wanted & OVER_HTTP else nullcontext(servers.Server(0, 0)) as server:
        portal = server.port
        return BenchResult(
            pages=list(measure_pages(server, plan, data, say)) if "pages" in wanted else [],
            acts=list(measure_acts(plan, say)) if "acts" in wanted else [],
            imports=list(measure_imports(plan.import_rows, say)) if "import" in wanted else [],
            verified=[measure_verification(say)] if "verify" in wanted else [],
            published=[measure_publication(portal, plan, say)] if "publish" in wanted else [],
            exports=list(exports.measure_exports(portal, plan.export_rows, plan.customers, say))
            if "export" in wanted
            else [],
            charted=[measure_charts(portal, plan.export_rows, plan.customers, say)] if "metrics" in wanted else [],
            counted=list(insights.measure_insights(plan.counted, say)) if "insight" in wanted else [],
            history=list(measure_history(portal, plan, data, say)) if "history" in wanted else [],
        )


def measure_acts(plan: Plan, say: Callable[[str], None]) -> Iterator[MeasuredPair]:
    with as_owner() as owner:
        acts.create_plain_tables(owner)
    with direct.start_clients(max(plan.clients), servers.build_environment()) as pool:
        for name, ours, floor in acts.PAIRS:
            for clients in plan.clients:
                say(f"Measuring: {name}, {clients} at once …")
                yield MeasuredPair(name, clients, *direct.measure_in_turn(pool, ours, floor, clients, plan.seconds))


def measure_publication(portal: int, plan: Plan, say: Callable[[str], None]) -> MeasuredPublication:
    publication = publications.Publication(customers=plan.customers, standing=plan.standing, say=say)
    most = min(plan.customers, plan.standing, plan.readers + 2 * plan.stock_each)
    with load.start_clients(1) as pool:
        token = scenarios.fetch_token(portal)
        calls = publications.build_withdrawals(publication.code, range(plan.readers + 1, most + 1), token)
        say(f"Measuring: withdrawals beside a publication to {plan.standing:,} …")
        return publications.measure_publication(
            pool, portal, publication, calls, standing=plan.standing, seconds=plan.seconds
        )


def measure_history(portal: int, plan: Plan, data: BenchData, say: Callable[[str], None]) -> Iterator[MeasuredHistory]:
    with load.start_clients(1) as pool:
        token = scenarios.fetch_token(portal)
        calls = [scenarios.build_open_call(reader, token) for reader in data.readers]
        yield from measure_growth(pool, portal, calls, entries=plan.history, seconds=plan.seconds, say=say)


def measure_pages(
    portal: servers.Server, plan: Plan, data: BenchData, say: Callable[[str], None]
) -> Iterator[MeasuredPage]:
    """Raises WrongAnswer."""
    with servers.start_floor() as floor, load.start_clients(max(plan.clients)) as pool:
        token = scenarios.fetch_token(portal.port)
        for scenario in scenarios.build_scenarios(data.readers, data.stock, token):
            calls = iter(scenario.calls)
            queries, letters = scenarios.weigh_page(next(calls))
            bare = [servers.build_floor_call(letters, reader.waiting.cookie) for reader in data.readers]
            each = min(plan.stock_each, (len(scenario.calls) - 1) // len(plan.clients))
            for clients in plan.clients:
                say(f"Measuring: {scenario.name}, {clients} at once …")
                some = scenario.calls if scenario.again else list(islice(calls, each))
                of_portal, used = measure_server(pool, portal, some, clients, scenario.again, plan.seconds)
                of_floor, _used = measure_server(pool, floor, bare, clients, True, plan.seconds)
                yield MeasuredPage(scenario.name, queries, clients, used, of_portal, of_floor)


def measure_server(
    pool: Pool, server: servers.Server, calls: Sequence[load.Call], clients: int, again: bool, seconds: float
) -> tuple[Figures, float]:
    """Return what the clients saw, and the milliseconds of processor time a page cost the web server."""
    shares = [calls[place::clients] for place in range(clients)]
    before = servers.count_processor_seconds(server.pid)
    seen = load.measure_load(pool, server.port, shares, again=again, seconds=seconds)
    used = servers.count_processor_seconds(server.pid) - before
    return seen, 1000 * used / max(1.0, seen.rate * seconds * (1 + load.WARM_SHARE))


MAPPING = Path("consents") / "ops" / "demo" / "customers.toml"
COLUMNS = ["CustomerId", "FirstName", "LastName", "Company", "Address", "City", "State", "Country", "PostalCode"]
COLUMNS += ["Phone", "Fax", "Email"]


def measure_imports(rows: int, say: Callable[[str], None]) -> Iterator[MeasuredImport]:
    """Measure a tenth of the rows, then all, which shows whether memory grows. All customers are new."""
    for count in sorted({max(1, rows // 10), rows} if rows else set()):
        say(f"Measuring: import of {count:,} rows …")
        with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
            file = Path(folder) / "customers.csv"
            with file.open("w", newline="", encoding="utf-8") as target:
                out = csv.writer(target)
                out.writerow(COLUMNS)
                out.writerows(build_row(count, number) for number in range(1, count + 1))
            ran = programs.run_command(["import_customers", str(file), "--map", str(MAPPING)])
        if ran.code:
            raise CommandError(f"The import ended with exit code {ran.code}: {ran.last_line}")
        yield MeasuredImport(count, ran.seconds, ran.processor, ran.peak_mib)


def build_row(rows: int, number: int) -> list[str]:
    """Build a row. `rows` makes the references of one file differ from those of another."""
    who = f"I{rows}-{number}"
    place = [f"Long Street {number % 300}", "Harbour", "", "Germany", f"{number % 90000 + 10000}"]
    return [who, "Ada", f"Example {number}", "", *place, f"+49 30 {number:07}", "", f"{who}@example.com"]


ROUNDS = 5  # portal and floor in turn, after one round that does not count
COUNT_REQUESTS = "SELECT request_type, outcome, denial_reason, count(*) FROM rights_register GROUP BY 1, 2, 3"


def measure_charts(portal: int, rows: int, customers: int, say: Callable[[str], None]) -> MeasuredCharts:
    """Measure the charts of last year, in which most of the requests arrived."""
    exports.create_requests(rows, customers, say)
    zone = selectors.get_time_zone()
    year = clock.now().astimezone(zone).year - 1
    of_year = get_year_bounds(year, zone)
    shown = RightsRequest.objects.filter(received_at__gte=of_year["first"], received_at__lt=of_year["last"]).count()
    cookie = create_sessions([company.employ_staff(0x0FF1CF, Role.COMPLIANCE_OFFICER).user])[0]
    call = Call(f"{reverse('admin:exports_compliance')}?{urlencode({'year': year})}", 200, 'id="metrics"', cookie)
    say(f"Measuring: the year in charts over {rows:,} requests …")
    with load.open_connection(portal) as speaking:
        pairs = [
            (measure_seconds(lambda: load.send_call(speaking, call)), measure_seconds(count_requests))
            for _round in range(1 + ROUNDS)
        ]
    ours, floor = (1000 * median(seconds) for seconds in zip(*pairs[1:], strict=True))
    return MeasuredCharts(RightsRequest.objects.count(), shown, ours, floor)


def count_requests() -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT_REQUESTS)
        cursor.fetchall()


def measure_seconds(deed: Callable[[], None]) -> float:
    began = time.monotonic()
    deed()
    return time.monotonic() - began


BATCH = 500_000
# Real entries on chains of customers who do not exist: nothing reads them, but every index contains them.
ENTRIES = """
INSERT INTO ledger_entry (chain, sequence, occurred_at, event, customer, actor_kind, actor, object_type, object,
        purpose, channel, outcome, details, previous, canonical, hash)
    SELECT made.chain, 1 + n / %(chains)s, '2020-01-01Z'::timestamptz + n * interval '1 second', e.event, made.chain,
           e.actor_kind, made.chain, e.object_type, n, e.purpose, e.channel, e.outcome, e.details, e.previous,
           e.canonical, e.hash
    FROM (SELECT n, bench_id('nobody', n %% %(chains)s) AS chain
          FROM generate_series(%(after)s, %(until)s - 1) AS n) AS made
    CROSS JOIN (SELECT * FROM ledger_entry WHERE event = 'consent.given' LIMIT 1) AS e
"""
# One opening for every ten entries.
OPENINGS = """
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id, opened_at)
    SELECT gen_random_uuid(), o.kind, o.staff_id, o.customer_id, o.category_id, o.purpose_id, o.grant_id,
           o.opened_at + n * interval '1 millisecond'
    FROM generate_series(%(after)s / 10, %(until)s / 10 - 1) AS n
    CROSS JOIN (SELECT * FROM disclosures_opening ORDER BY opened_at LIMIT 1) AS o
"""


def measure_verification(say: Callable[[str], None]) -> MeasuredVerification:
    """Measure `verify_ledger` on the whole ledger. Raises CommandError if it finds faults."""
    say("Measuring: verify_ledger …")
    ran = programs.run_command(["verify_ledger", "--json"])
    if ran.code:
        raise CommandError(f"verify_ledger ended with exit code {ran.code}: {ran.last_line}")
    return MeasuredVerification(json.loads(ran.last_line)["entries"], ran.seconds, ran.processor, ran.peak_mib)


def measure_growth(
    pool: Pool, port: int, calls: Sequence[load.Call], *, entries: int, seconds: float, say: Callable[[str], None]
) -> Iterator[MeasuredHistory]:
    """Measure one client that opens data over HTTP, before and after the history grows to `entries`."""
    for most in (None, entries):
        if most is not None:
            grow_history(most, say)
        size = Entry.objects.count()
        say(f"Measuring: open data beside {size:,} entries …")
        figures: Figures = load.measure_load(pool, port, [calls], again=True, seconds=seconds)
        yield MeasuredHistory(size, figures)


def grow_history(entries: int, say: Callable[[str], None]) -> None:
    with as_owner() as owner, owner.cursor() as cursor:
        for after in range(Entry.objects.count(), entries, BATCH):
            until = min(after + BATCH, entries)
            say(f"Making a history of {until:,} entries …")
            numbers = {"after": after, "until": until, "chains": max(1, entries // 100)}
            run_statements(cursor, (ENTRIES, OPENINGS), numbers)
        cursor.execute("VACUUM ANALYZE")
