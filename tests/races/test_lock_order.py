"""Every act takes its locks in the one order that `ledger.services.hold` writes down.

The acts are found in the rooms; each is done once while its statements are read.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from consents.core import keys
from consents.people.models import User
from consents.people.submissions import once
from tests.architecture.test_services import public_acts
from tests.cast import ask
from tests.faults.acts import ACTS

FORM, USER, PURPOSE, CUSTOMER, BELOW, COMPANY = range(6)
WRITES = r'(INSERT INTO|UPDATE) "{}"|"{}".*FOR (NO KEY )?UPDATE'


def locking(table: str) -> re.Pattern[str]:
    return re.compile(WRITES.format(table, table), re.DOTALL)


OF_PURPOSE = [re.compile("FOR SHARE OF p"), re.compile(r'FROM "catalogue_purpose" WHERE .*FOR (NO KEY )?UPDATE')]
OF_CUSTOMER = [
    re.compile("FOR SHARE OF g"),
    locking("access_accessrequest"),
    locking("access_grant"),
    locking("choices_choice"),
    locking("rights_rightsrequest"),
]


@dataclass
class Watch:
    """Reads the statements of an act and keeps what is out of order."""

    users: set[str]
    step: int = FORM
    customer: str = ""
    held: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    seen: int = 0

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        if connection.in_atomic_block:
            self.read(sql, params)
        else:
            self.begin()
        return execute(sql, params, many, context)

    def begin(self) -> None:
        self.step, self.customer, self.held = FORM, "", set()

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
            self.below(sql)
        elif "ledger_append" in sql and params[1] is None:
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
        self.customer = id

    def below(self, sql: str) -> None:
        self.seen += 1
        if not self.customer:
            self.wrong.append(f"without holding the customer: {sql[:60]}")
        if self.step > CUSTOMER:
            self.wrong.append(f"after the company's chain: {sql[:60]}")


@contextmanager
def watched() -> Iterator[Watch]:
    watch = Watch({str(id) for id in User.objects.values_list("pk", flat=True)})
    with connection.execute_wrapper(watch):
        yield watch


@pytest.mark.parametrize("act", public_acts(), ids=lambda act: f"{act.__module__}.{act.__name__}")
def test_locks_are_taken_in_order(act, real_world, later, tmp_path):
    keys.make(tmp_path)
    call = ACTS[act](real_world, later=later, folder=tmp_path)

    with watched() as watch:
        call()

    assert watch.wrong == []


def test_a_form_comes_before_its_act(real_world):
    with watched() as watch:
        once(user=real_world.sam.pk, token=UUID(int=1), content="", act=lambda: ask(real_world, "orders"))

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
        ["grant"],
        ["customer", "company", "request"],
        ["customer of a higher id", "customer"],
    ],
    ids=", then ".join,
)
def test_the_wrong_order_is_seen(taken):
    hold = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
    statements = {
        "customer": (hold, ["1"]),
        "customer of a higher id": (hold, ["2"]),
        "user": (hold, ["u"]),
        "purpose": ('SELECT 1 FROM "catalogue_purpose" WHERE id = 1 FOR NO KEY UPDATE', []),
        "form": ("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", ["u 1"]),
        "request": ('SELECT 1 FROM "access_accessrequest" WHERE id = 1 FOR UPDATE OF', []),
        "grant": ("SELECT FROM access_grant AS g FOR SHARE OF g", []),
        "company": ("SELECT ledger_append(%s)", ["x", None]),
    }
    watch = Watch({"u"})

    for name in taken:
        watch.read(*statements[name])

    assert len(watch.wrong) == 1
