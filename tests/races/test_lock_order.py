"""Every act takes its locks in the one order that `ledger.services.hold` writes down.

The acts are found in the rooms; each is done once while its statements are read.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from consents.core import keys
from consents.people.models import User
from consents.people.submissions import submit_once
from consents.rights.models import RightsRequest
from tests.architecture.acts import public_acts
from tests.faults.acts import ACTS
from tests.world.cast import ask

CUSTOMER_OF_ENTRY = -10  # place among the values of a statement that ends with the eleven of `append_entry`
FORM, USER, PURPOSE, CUSTOMER, BELOW, COMPANY = range(6)
WRITES = r'(INSERT INTO|UPDATE) "?{}\b|"{}".*FOR (NO KEY )?UPDATE'


def locking(table: str) -> re.Pattern[str]:
    return re.compile(WRITES.format(table, table), re.DOTALL)


OF_PURPOSE = [re.compile("FOR SHARE OF p"), re.compile(r'FROM "catalogue_purpose" WHERE .*FOR (NO KEY )?UPDATE')]
OF_CUSTOMER = [re.compile("FOR SHARE OF g"), locking("choices_choice"), locking("rights_rightsrequest")]
# A grant rests on a request or on an exemption: whichever it is comes first.
REQUEST, GRANT, GRANT_CHANGED = (
    locking("(?:access_accessrequest|exemptions_exemption)"),
    re.compile(r'INSERT INTO "access_grant"|"access_grant".*FOR UPDATE', re.DOTALL),
    re.compile('UPDATE "access_grant"'),
)
# One that is only queued is nobody else's yet.
MESSAGE = re.compile(r'UPDATE "notifications_message"|"notifications_message".*FOR UPDATE', re.DOTALL)


@dataclass
class Watch:
    """Reads the statements of an act and keeps what is out of order.

    `requests`, `grants`: by which ids they were taken, a request's, an exemption's or that of a customer, all of whom
    were taken.
    """

    users: set[str]
    # Rights requests of which nobody knows yet whose they are: there is no customer to hold.
    nobodys: set[str] = field(default_factory=set)
    step: int = FORM
    customer: str = ""
    held: set[str] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)
    grants: set[str] = field(default_factory=set)
    has_messages: bool = False
    wrong: list[str] = field(default_factory=list)
    seen: int = 0

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        if connection.in_atomic_block:
            self.read(sql, params)
        else:
            self.begin()
        return execute(sql, params, many, context)

    def begin(self) -> None:
        self.step, self.customer, self.has_messages = FORM, "", False
        self.held, self.requests, self.grants = set(), set(), set()

    def read(self, sql: str, params: Any) -> None:
        if "pg_advisory_xact_lock(hashtextextended(%s, 1))" in sql:
            self.take(FORM, "a form")
        elif "pg_advisory_xact_lock(hashtextextended(%s, 0))" in sql:
            self.hold(params[0])
        elif "pg_advisory_xact_lock(hashtextextended(customer_id::text, 0))" in sql:
            self.hold(f"customer of grant {params[0]}")
        elif any(pattern.search(sql) for pattern in OF_PURPOSE):
            self.take(PURPOSE, "a purpose")
        elif any(pattern.search(sql) for pattern in OF_CUSTOMER):
            self.seen += 1
            if not ids_in(params) & self.nobodys:
                self.below(sql)
        elif REQUEST.search(sql):
            self.take_request(sql, ids_in(params))
        elif GRANT.search(sql):
            self.take_grant(sql, ids_in(params))
        elif GRANT_CHANGED.search(sql) and not self.grants:
            self.wrong.append(f"a grant that was not taken: {sql[:60]}")
        elif MESSAGE.search(sql):
            self.take_message()
        elif "append_entry" in sql and params[CUSTOMER_OF_ENTRY] is None:
            self.take(COMPANY, "the company's chain")

    def take(self, step: int, what: str) -> None:
        self.seen += 1
        if self.step > step:
            self.wrong.append(f"{what} after step {self.step}")
        self.step = max(self.step, step)

    def hold(self, id: str) -> None:
        if id in self.held:
            return
        self.held.add(id)
        if id in self.users:
            self.take(USER, "a user")
            return
        self.take(CUSTOMER, "a customer")
        if self.step == CUSTOMER and id < self.customer:
            self.wrong.append("customers not by ascending id")
        if self.has_messages and not self.customer:
            self.wrong.append("a customer after a message")
        self.customer, self.has_messages = id, False

    def below(self, sql: str) -> None:
        self.seen += 1
        if not self.customer:
            self.wrong.append(f"without holding the customer: {sql[:60]}")
        if self.step > CUSTOMER:
            self.wrong.append(f"after the company's chain: {sql[:60]}")

    def take_request(self, sql: str, ids: set[str]) -> None:
        self.below(sql)
        if self.has_messages and not (ids | {self.customer}) & self.requests:
            self.wrong.append(f"a request after a message: {sql[:60]}")
        self.requests |= ids

    def take_grant(self, sql: str, ids: set[str]) -> None:
        self.below(sql)
        if not ids & self.requests:
            self.wrong.append(f"a grant before its request: {sql[:60]}")
        if self.has_messages and not (ids | {self.customer}) & self.grants:
            self.wrong.append(f"a grant after a message: {sql[:60]}")
        self.grants |= ids

    def take_message(self) -> None:
        self.seen += 1
        self.has_messages = True
        if self.step == COMPANY:
            self.wrong.append("a message after the company's chain")


def ids_in(params: Any) -> set[str]:
    """Of several rows in one statement the values come as lists."""
    values = chain.from_iterable(one if isinstance(one, list) else [one] for one in params or ())
    return {str(one) for one in values if isinstance(one, UUID)}


@contextmanager
def watched() -> Iterator[Watch]:
    nobodys = RightsRequest.objects.filter(customer=None).values_list("pk", flat=True)
    watch = Watch({str(id) for id in User.objects.values_list("pk", flat=True)}, {str(id) for id in nobodys})
    with connection.execute_wrapper(watch):
        yield watch


@pytest.mark.parametrize("act", public_acts(), ids=lambda act: f"{act.__module__}.{act.__name__}")
def test_locks_are_taken_in_order(act, real_world, later, tmp_path):
    keys.make_keys(tmp_path)
    call = ACTS[act](real_world, later=later, folder=tmp_path)

    with watched() as watch:
        call()

    assert watch.wrong == []


def test_a_form_comes_before_its_act(real_world):
    with watched() as watch:
        submit_once(user=real_world.sam.pk, token=UUID(int=1), content="", act=lambda: ask(real_world, "orders"))

    assert watch.wrong == []
    assert watch.seen >= 4


@pytest.mark.parametrize(
    "taken",
    [
        ["customer", "user"],
        ["company", "customer"],
        ["customer", "purpose"],
        ["customer", "form"],
        ["request"],
        ["look"],
        ["customer", "company", "request"],
        ["customer of a higher id", "customer"],
        ["customer", "grant", "request"],
        ["customer", "another request", "grant"],
        ["customer", "another exemption", "grant"],
        ["exemption"],
        ["customer", "request", "change of a grant"],
        ["customer", "message", "request"],
        ["customer", "request", "message", "grant"],
        ["message", "customer"],
        ["customer", "company", "message"],
    ],
    ids=", then ".join,
)
def test_the_wrong_order_is_seen(taken):
    assert len(read(taken).wrong) == 1


@pytest.mark.parametrize(
    "taken",
    [
        ["form", "user", "purpose", "customer", "request", "grant", "change of a grant", "message", "company"],
        ["customer", "request", "grant", "another request", "another grant"],
        ["customer", "exemption", "grant", "change of a grant", "message", "company"],
        ["customer", "message", "customer of a higher id", "request"],
        ["customer", "all requests", "all grants", "message", "request", "grant"],
    ],
    ids=", then ".join,
)
def test_the_right_order_passes(taken):
    assert read(taken).wrong == []


def read(taken: list[str]) -> Watch:
    one, other, customer = UUID(int=1), UUID(int=2), UUID(int=3)
    requests = 'SELECT 1 FROM "access_accessrequest" WHERE {} = %s FOR UPDATE OF "access_accessrequest"'
    exemptions = 'SELECT 1 FROM "exemptions_exemption" WHERE id = %s FOR UPDATE OF "exemptions_exemption"'
    grants = 'SELECT 1 FROM "access_grant" WHERE {} = %s FOR UPDATE'
    hold = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
    statements = {
        "customer": (hold, [str(customer)]),
        "customer of a higher id": (hold, ["9"]),
        "user": (hold, ["u"]),
        "purpose": ('SELECT 1 FROM "catalogue_purpose" WHERE id = 1 FOR NO KEY UPDATE', []),
        "form": ("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", ["u 1"]),
        "request": (requests.format("id"), [one]),
        "another request": (requests.format("id"), [other]),
        "exemption": (exemptions, [one]),
        "another exemption": (exemptions, [other]),
        "all requests": (requests.format("customer_id"), [customer]),
        "grant": (grants.format("access_request_id"), [one]),
        "another grant": (grants.format("access_request_id"), [other]),
        "all grants": (grants.format("customer_id"), [customer]),
        "change of a grant": ('UPDATE "access_grant" SET "ended_at" = %s', [None]),
        "look": ("SELECT FROM access_grant AS g FOR SHARE OF g", []),
        "message": ('UPDATE "notifications_message" SET "outcome" = %s', [""]),
        "company": ("SELECT portal.append_entry(%s)", ["x", None, *"_________"]),
    }
    watch = Watch({"u"})

    for name in taken:
        watch.read(*statements[name])
    return watch
