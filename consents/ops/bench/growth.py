"""Measure every page of customers and staff in a small company's database and in a large one's, in turn."""

import http.client
import logging
import re
import shutil
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html import unescape
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from django.conf import settings
from django.contrib.admin.sites import site
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from consents.core.owner import as_owner
from consents.ops.bench import company, customers, load, servers
from consents.ops.bench.company import Office
from consents.ops.bench.database import NAME, SMALL, copy_bench_database, record_additions, speak_to
from consents.ops.bench.growth_data import READERS, fill_database
from consents.ops.bench.load import Call, WrongAnswer
from consents.ops.bench.past import IDS, build_id
from consents.ops.bench.scenarios import TRANSACTION_WORDS
from consents.ops.bench.sessions import create_sessions
from consents.ops.bench.table import MeasuredGrowth
from consents.ops.running.portal import get_allowed_host
from consents.people.models import Role, StaffMember, User

# Find every page that a person can open: what the resolver names, and what these pages lead to.

MOST_TRIES = 3  # of a kind of page: this person may not open it, or it is a file
LINK = re.compile(r'href="([^"#]*)')
READINESS = "readyz"  # 503 without a worker, which would be measured with it
LEAVING = ("account_logout", "admin:logout", "admin:jsi18n")


@dataclass(frozen=True)
class Page:
    """`name`: of its view, with the act, and the name of what its address asks for; one thing at a time."""

    name: str
    path: str
    status: int = 200


@dataclass(frozen=True)
class Weight:
    """Tell what a page asks of the database: statements without those of transactions, and which took longest."""

    statements: int
    slowest: str
    slowest_ms: float


def open_client(cookie: str) -> Client:
    return Client(SERVER_NAME=get_allowed_host(), HTTP_COOKIE=cookie)


@contextmanager
def silence_refusals() -> Iterator[None]:
    """Let nobody read in the log that this person may not open a page: each is tried."""
    logger = logging.getLogger("django.request")
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = False


def find_pages(cookie: str) -> list[Page]:
    """Follow the links of each kind of page once. One that answers 5xx raises WrongAnswer."""
    client, pages, tries = open_client(cookie), dict[str, Page](), Counter[str]()
    waiting = deque([*list_addresses(get_resolver().url_patterns), *list_searches()])
    while waiting:
        path = waiting.popleft()
        name = name_page(path)
        if name is None or name in pages or tries[name] == MOST_TRIES:
            continue
        tries[name] += 1
        answer = client.get(path)
        if answer.status_code >= 500 and name != READINESS:
            raise WrongAnswer(f"GET {path} was answered with status {answer.status_code}.")
        is_page = answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
        if name == READINESS or is_page:
            pages[name] = Page(name, path, answer.status_code)
            waiting += [urljoin(path, unescape(link)) for link in LINK.findall(answer.content.decode())]
    return list(pages.values())


def list_addresses(patterns: Sequence[Any], space: str = "") -> Iterator[str]:
    """List the addresses that take no argument."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from list_addresses(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            try:
                yield reverse(space + pattern.name)
            except NoReverseMatch:
                continue


def list_searches() -> Iterator[str]:
    """List a search for one customer's reference in each list of the staff site that can be searched."""
    for model, admin in site._registry.items():
        if admin.search_fields:
            yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + "?q=B-1"


def name_page(path: str) -> str | None:
    """Return None for what is no page of the portal's, would end the session, or asks for several things at once."""
    parts = urlsplit(path)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    if parts.netloc or parts.scheme or match.view_name in LEAVING or not match.view_name:
        return None
    act = [str(match.kwargs[name]) for name in ("act", "dataset", "slug", "language") if name in match.kwargs]
    names = list(parse_qs(parts.query, keep_blank_values=True))
    if len(names) > 1:
        return None
    return " ".join([match.view_name, *act]) + "".join(f"?{name}" for name in names)


def weigh_statements(client: Client, path: str) -> Weight:
    """Read a page twice and weigh the second reading: once a minute a session notes that it is still used."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    ran = [query for query in captured.captured_queries if not TRANSACTION_WORDS.match(query["sql"])]
    slowest = max(ran, key=lambda query: float(query["time"]), default={"sql": "", "time": "0"})
    return Weight(len(ran), slowest["sql"], 1000 * float(slowest["time"]))


FEW = 10_000  # customers of the small company
ROUNDS = 15  # of each page, small and large in turn, after one round that does not count
BYTES_A_CUSTOMER, BYTES_AN_ENTRY = 9_000, 1_500
COMPLIANCE, OTHERS = 0x0FF1C0, 1000  # their numbers
CUSTOMERS_A_REQUESTER = 3500  # of whom so many wait that one more may be asked


@dataclass(frozen=True)
class RunningCompany:
    """One of the two, ready to be asked: its web server, and what it weighs, by person and page."""

    name: str
    port: int
    weights: Mapping[tuple[str, str], Weight]


def measure_growth(most: int, entries: int, say: Callable[[str], None]) -> Iterator[MeasuredGrowth]:
    """Fill both databases and yield each page of each person. Raises CommandError where the disk is too small."""
    needed = most * BYTES_A_CUSTOMER + entries * BYTES_AN_ENTRY
    say(f"This takes about {needed / 1e9:,.1f} GB of the database server's disk.")
    if settings.EMBEDDED and (free := shutil.disk_usage(settings.PORTAL_VAR).free) < needed:
        raise CommandError(f"There are {free / 1e9:,.1f} GB free. Give fewer --customers and --entries.")
    fill_companies(min(FEW, most), most, entries // most, say)
    with ExitStack() as running:
        pages = list_pages(say)
        small, large = (start_company(name, pages, running, say) for name in (SMALL, NAME))
        say(f"Measuring: {sum(map(len, pages.values()))} pages …")
        for person, theirs in pages.items():
            for page in theirs:
                try:
                    yield measure_page(person, page, small, large)
                except WrongAnswer as wrong:  # what a page of sign-in answers depends on the visits before
                    say(f"Left out: {wrong}")


def fill_companies(few: int, most: int, entries_each: int, say: Callable[[str], None]) -> None:
    with as_owner() as owner:
        company.create_company()
        company.employ_staff(COMPLIANCE, Role.COMPLIANCE_OFFICER)
        for number in range(OTHERS, OTHERS + most // CUSTOMERS_A_REQUESTER):
            company.employ_staff(number, Role.REQUESTER)
        with owner.cursor() as cursor:
            cursor.execute(IDS)
        fill_database(owner, 1, few, entries_each=entries_each, say=say)
        record_additions(owner)
    customers.create_readers(Office(), READERS)
    copy_bench_database()
    if most > few:
        with as_owner() as owner:
            fill_database(owner, few + 1, most, entries_each=entries_each, say=say)


def list_people() -> dict[str, User]:
    staff = StaffMember.objects.select_related("user").order_by("number")
    return {
        "customer": User.objects.get(pk=build_id("user", 1)),
        "often seen": User.objects.get(pk=build_id("user", 2)),
        "requester": staff.filter(role=Role.REQUESTER)[0].user,
        "privacy": staff.filter(role=Role.PRIVACY_OFFICER)[0].user,
        "compliance": staff.get(role=Role.COMPLIANCE_OFFICER).user,
    }


def sign_in_people() -> dict[str, str]:
    people = list_people()
    return dict(zip(people, create_sessions(people.values()), strict=True)) | {"visitor": ""}


def list_pages(say: Callable[[str], None]) -> dict[str, Sequence[Page]]:
    """List them in the small company: everything there is there is in the large one."""
    say("Finding the pages …")
    with speak_to(SMALL), silence_refusals():
        return {person: find_pages(cookie) for person, cookie in sign_in_people().items()}


def start_company(
    name: str, pages: Mapping[str, Sequence[Page]], running: ExitStack, say: Callable[[str], None]
) -> RunningCompany:
    say(f"Weighing the pages in {name} …")
    with speak_to(name), silence_refusals():
        cookies = sign_in_people()
        clients = {person: open_client(cookie) for person, cookie in cookies.items()}
        weights = {
            (person, page.name): weigh_statements(clients[person], page.path)
            for person, theirs in pages.items()
            for page in theirs
        }
        return RunningCompany(name, running.enter_context(servers.start_portal()).port, weights)


def measure_page(person: str, page: Page, small: RunningCompany, large: RunningCompany) -> MeasuredGrowth:
    sides = (small, large)
    with load.open_connection(small.port) as few, load.open_connection(large.port) as many:
        calls = [
            (connection, Call(page.path, page.status, "", sign_in_anew(side, person)))
            for connection, side in zip((few, many), sides, strict=True)
        ]
        rounds = [[measure_answer(*call) for call in calls] for _round in range(1 + ROUNDS)][1:]
    few_ms, many_ms = (median(times) for times in zip(*rounds, strict=True))
    few_weight, many_weight = (side.weights[person, page.name] for side in sides)
    return MeasuredGrowth(
        person=person,
        page=page.name,
        small_ms=few_ms,
        large_ms=many_ms,
        small_statements=few_weight.statements,
        large_statements=many_weight.statements,
        slowest_ms=many_weight.slowest_ms,
        slowest=many_weight.slowest,
    )


def sign_in_anew(side: RunningCompany, person: str) -> str:
    """Return a cookie as fresh as after signing in, which some pages ask for and the one before may no longer be."""
    with speak_to(side.name):
        return sign_in_people()[person]


def measure_answer(connection: http.client.HTTPConnection, call: Call) -> float:
    began = time.monotonic()
    load.send_call(connection, call)
    return 1000 * (time.monotonic() - began)
