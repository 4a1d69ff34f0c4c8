"""Find every page that a person can open: what the resolver names, and what these pages lead to."""

import logging
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from django.contrib.admin.sites import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from consents.ops.bench.load import WrongAnswer
from consents.ops.bench.scenarios import TRANSACTION_WORDS
from consents.ops.running.portal import get_allowed_host

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
