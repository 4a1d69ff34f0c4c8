"""Run the bench: create data, start the portal, measure every part, each followed by its floor."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from multiprocessing.pool import Pool

from consents.core.owner import as_owner
from consents.ledger.services.journalling import write_waiting_entries
from consents.ops.bench import (
    acts,
    company,
    customers,
    direct,
    exports,
    growth,
    histories,
    imports,
    insights,
    load,
    metrics,
    past,
    publications,
    scenarios,
    servers,
    stock,
)
from consents.ops.bench.company import Office
from consents.ops.bench.customers import Reader
from consents.ops.bench.database import record_additions
from consents.ops.bench.load import Figures
from consents.ops.bench.stock import PendingRequest
from consents.ops.bench.table import BenchResult, MeasuredHistory, MeasuredPage, MeasuredPair, MeasuredPublication

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
            imports=list(imports.measure_imports(plan.import_rows, say)) if "import" in wanted else [],
            verified=[histories.measure_verification(say)] if "verify" in wanted else [],
            published=[measure_publication(portal, plan, say)] if "publish" in wanted else [],
            exports=list(exports.measure_exports(portal, plan.export_rows, plan.customers, say))
            if "export" in wanted
            else [],
            charted=[metrics.measure_charts(portal, plan.export_rows, plan.customers, say)]
            if "metrics" in wanted
            else [],
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
        yield from histories.measure_growth(pool, portal, calls, entries=plan.history, seconds=plan.seconds, say=say)


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
