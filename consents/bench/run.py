"""One run: data, servers, every page at every number of clients, and its floor right after it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing.pool import Pool

from consents.bench import (
    acts,
    company,
    customers,
    direct,
    exports,
    histories,
    imports,
    load,
    metrics,
    past,
    publications,
    scenarios,
    servers,
    stock,
)
from consents.bench.company import Office
from consents.bench.customers import Reader
from consents.bench.scenarios import Scenario
from consents.bench.stock import Waiting
from consents.bench.table import Act, Grown, Measured, Published, Row
from consents.core.owner import as_owner

MOST_READERS = 80
MOST_ANSWERING = 2000
# Answers a second that the stock lasts for. On a faster machine that measurement ends sooner; its figures hold.
STOCK_PER_SECOND = 300


PARTS = ("pages", "acts", "import", "verify", "export", "metrics", "publish", "history")


@dataclass(frozen=True)
class Plan:
    """`seconds` per measurement, warm-up not included; `clients`: how many at once, one measurement each.

    `import_rows`, `export_rows`, `standing` (consents) and `history` (entries) are those of the parts import, export
    and metrics, publish, history.
    """

    customers: int
    seconds: float
    clients: Sequence[int]
    parts: Sequence[str] = PARTS
    import_rows: int = 0
    standing: int = 0
    export_rows: int = 0
    history: int = 0

    @property
    def readers(self) -> int:
        return min(MOST_READERS, self.customers // 2)

    @property
    def stock_each(self) -> int:
        return max(max(self.clients), round(STOCK_PER_SECOND * self.seconds * (1 + load.WARM_SHARE)))


@dataclass(frozen=True)
class Data:
    readers: Sequence[Reader]
    stock: Sequence[Waiting]


def make_data(plan: Plan, say: Callable[[str], None]) -> Data:
    """Fill the bench's empty database."""
    with as_owner() as owner:
        company.found()
        past.make(owner, customers=plan.customers, readers=plan.readers, say=say)
    say("Making what waits and what runs …")
    office = Office()
    readers = customers.make_readers(office, plan.readers)
    answering = range(plan.readers + 1, min(plan.customers, plan.readers + MOST_ANSWERING) + 1)
    waiting = stock.make_stock(office, answering, 1 + plan.stock_each * len(plan.clients))
    return Data(readers, waiting)


def everything(plan: Plan, data: Data, say: Callable[[str], None]) -> Measured:
    """The parts of the plan, in their order; a history grows last. Raises WrongAnswer."""
    wanted = set(plan.parts)
    return Measured(
        pages=list(pages(plan, data, say)) if "pages" in wanted else [],
        acts=list(directly(plan, say)) if "acts" in wanted else [],
        imports=list(imports.measure(plan.import_rows, say)) if "import" in wanted else [],
        verified=[histories.verified(say)] if "verify" in wanted else [],
        published=[beside_publication(plan, say)] if "publish" in wanted else [],
        exports=list(exports.measure(plan.export_rows, plan.customers, say)) if "export" in wanted else [],
        charted=[metrics.measure(plan.export_rows, plan.customers, say)] if "metrics" in wanted else [],
        history=list(beside_history(plan, data, say)) if "history" in wanted else [],
    )


def directly(plan: Plan, say: Callable[[str], None]) -> Iterator[Act]:
    with as_owner() as owner:
        acts.make_plain(owner)
    with direct.clients(max(plan.clients), servers.environment()) as pool:
        for name, ours, floor in acts.PAIRS:
            for clients in plan.clients:
                say(f"Measuring: {name}, {clients} at once …")
                yield Act(name, clients, *direct.in_turn(pool, ours, floor, clients, plan.seconds))


def beside_publication(plan: Plan, say: Callable[[str], None]) -> Published:
    publication = publications.Publication(customers=plan.customers, standing=plan.standing, say=say)
    most = min(plan.customers, plan.standing, plan.readers + 2 * plan.stock_each)
    with servers.portal_server() as portal, load.clients(1) as pool:
        token = scenarios.fetch_token(portal)
        calls = publications.withdrawals(publication.code, range(plan.readers + 1, most + 1), token)
        say(f"Measuring: withdrawals beside a publication to {plan.standing:,} …")
        return publications.measure(pool, portal, publication, calls, standing=plan.standing, seconds=plan.seconds)


def beside_history(plan: Plan, data: Data, say: Callable[[str], None]) -> Iterator[Grown]:
    with servers.portal_server() as portal, load.clients(1) as pool:
        token = scenarios.fetch_token(portal)
        calls = [scenarios.open_data(reader, token) for reader in data.readers]
        yield from histories.grown(pool, portal, calls, entries=plan.history, seconds=plan.seconds, say=say)


def pages(plan: Plan, data: Data, say: Callable[[str], None]) -> Iterator[Row]:
    """Raises WrongAnswer."""
    rows = plan.customers * company.PURPOSES
    with (
        servers.portal_server() as portal,
        servers.floor_server(rows) as floor,
        load.clients(max(plan.clients)) as pool,
    ):
        token = scenarios.fetch_token(portal)
        for scenario in scenarios.all_pages(data.readers, data.stock, token):
            calls = iter(scenario.calls)
            queries = scenarios.queries(next(calls))
            for clients in plan.clients:
                say(f"Measuring: {scenario.name}, {clients} at once …")
                some = scenario.calls if scenario.again else list(islice(calls, plan.stock_each))
                yield measured(pool, (portal, floor), scenario, some, queries, clients, plan.seconds)


def measured(
    pool: Pool,
    ports: tuple[int, int],
    scenario: Scenario,
    calls: Sequence[load.Call],
    queries: int,
    clients: int,
    seconds: float,
) -> Row:
    portal, floor = ports
    shares = [calls[place::clients] for place in range(clients)]
    of_portal = load.measure(pool, portal, shares, again=scenario.again, seconds=seconds)
    of_floor = load.measure(pool, floor, [[servers.floor_call(queries)]] * clients, again=True, seconds=seconds)
    return Row(scenario.name, queries, clients, of_portal, of_floor)
