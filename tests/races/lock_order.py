"""The one order of locks, written down at `ledger.services.appending.lock_people`, read off the statements of acts."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.pq import TransactionStatus

from consents.people.models import User
from consents.rights.models import RightsRequest

CUSTOMER_OF_ENTRY = -10  # place among the values of a statement that ends with the eleven of `append_entry`
FORM, TURN, USER, PURPOSE, CUSTOMER, BELOW, COMPANY = range(7)
WRITES = r'(INSERT INTO|UPDATE) "?{}\b|"{}".*FOR (NO KEY )?UPDATE'


def locking(table: str) -> re.Pattern[str]:
    return re.compile(WRITES.format(table, table), re.DOTALL)


OF_CATALOGUE = re.compile(r'FROM "catalogue_(purpose|category|recipient)" WHERE .*FOR (NO KEY )?UPDATE')
OF_PURPOSE = [re.compile("FOR SHARE OF p"), OF_CATALOGUE]
OF_CUSTOMER = [re.compile("FOR SHARE OF g"), locking("choices_choice"), locking("rights_rightsrequest")]
# A grant rests on a request or on an exemption: whichever it is comes first.
REQUEST, GRANT, GRANT_CHANGED = (
    locking("(?:access_accessrequest|exemptions_exemption)"),
    re.compile(r'INSERT INTO "access_grant"|"access_grant".*FOR UPDATE', re.DOTALL),
    re.compile('UPDATE "access_grant"'),
)
USER_ROW = re.compile(r'^UPDATE "people_user"|^SELECT [^(]* FROM "people_user" .*FOR (NO KEY )?UPDATE', re.DOTALL)
# One that is only queued is nobody else's yet.
MESSAGE = re.compile(r'UPDATE "notifications_message"|"notifications_message".*FOR UPDATE', re.DOTALL)


@dataclass
class Watch:
    """Reads the statements of an act and keeps what is out of order.

    `requests`, `grants`: by which ids they were taken, a request's, an exemption's or that of a customer, all of whom
    were taken. `turns`: locks of what is done one after the other, whoever it is about.
    """

    users: set[str]
    turns: set[str] = field(default_factory=set)
    # Rights requests of which nobody knows yet whose they are: there is no customer to hold.
    nobodys: set[str] = field(default_factory=set)
    # Accounts made meanwhile: nobody else can name them.
    new_users: set[str] = field(default_factory=set)
    # Tables of the catalogue of which an import has taken all that its file names, by code: later ones are among them.
    imported: set[str] = field(default_factory=set)
    step: int = FORM
    user: str = ""
    customer: str = ""
    held: set[str] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)
    grants: set[str] = field(default_factory=set)
    has_messages: bool = False
    has_user_rows: bool = False
    wrong: list[str] = field(default_factory=list)
    seen: int = 0

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        if connection.connection.info.transaction_status == TransactionStatus.IDLE:
            self.begin()
        if connection.in_atomic_block:
            self.read(sql, params)
        return execute(sql, params, many, context)

    def begin(self) -> None:
        self.step, self.user, self.customer, self.has_messages, self.has_user_rows = FORM, "", "", False, False
        self.held, self.requests, self.grants, self.imported = set(), set(), set(), set()

    def read(self, sql: str, params: Any) -> None:
        self.nobodys |= ids_of_nobodys(sql, params)
        self.new_users |= ids_in(params) if 'INSERT INTO "people_user"' in sql else set()
        if "portal.begin_submission(" in sql:
            self.take(FORM, "a form")
        elif "pg_advisory_xact_lock(hashtextextended(%s, 0))" in sql:
            if any(pattern.search(sql) for pattern in OF_PURPOSE):
                self.take(PURPOSE, "a purpose")
            self.hold(params[0])
        elif "pg_advisory_xact_lock(hashtextextended(customer_id::text, 0))" in sql:
            self.hold(f"customer of grant {params[0]}")
        elif any(pattern.search(sql) for pattern in OF_PURPOSE):
            self.take_purpose(sql)
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
        elif USER_ROW.search(sql):
            self.take_user_row(sql)
        elif MESSAGE.search(sql):
            self.take_message()
        elif "append_entry" in sql and params[CUSTOMER_OF_ENTRY] is None:
            self.take(COMPANY, "the company's chain")

    def take(self, step: int, what: str) -> None:
        self.seen += 1
        if self.step > step:
            self.wrong.append(f"{what} after step {self.step}")
        self.step = max(self.step, step)

    def take_purpose(self, sql: str) -> None:
        entry = OF_CATALOGUE.search(sql)
        if entry is None or entry[1] not in self.imported:
            self.take(PURPOSE, "a purpose")
        if entry and '"code" IN' in sql:
            self.imported.add(entry[1])

    def hold(self, id: str) -> None:
        if id in self.held | self.new_users:
            return
        self.held.add(id)
        if id in self.turns:
            self.take(TURN, "a turn")
            return
        if id in self.users:
            self.hold_user(id)
            return
        self.take(CUSTOMER, "a customer")
        if self.step == CUSTOMER and id < self.customer:
            self.wrong.append("customers not by ascending id")
        if self.has_messages and not self.customer:
            self.wrong.append("a customer after a message")
        self.customer, self.has_messages = id, False

    def hold_user(self, id: str) -> None:
        self.take(USER, "a user")
        if self.has_user_rows:
            self.wrong.append("a user after the row of one")
        if self.step == USER and id < self.user:
            self.wrong.append("users not by ascending id")
        self.user = id

    def take_user_row(self, sql: str) -> None:
        """An act that closes accounts takes them a second time, once nobody comes in any more."""
        self.seen += 1
        if self.step > USER and not self.has_user_rows:
            self.wrong.append(f"the row of a user after step {self.step}: {sql[:60]}")
        self.has_user_rows = True

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


def ids_of_nobodys(sql: str, params: Any) -> set[str]:
    """The request that is filed without a customer."""
    if 'INSERT INTO "rights_rightsrequest"' not in sql:
        return set()
    columns = re.findall(r'"(\w+)"', sql.partition(") VALUES")[0])[1:]
    row = dict(zip(columns, params, strict=True))
    return set() if row["customer_id"] else {str(row["id"])}


@contextmanager
def watched(*turns: UUID) -> Iterator[Watch]:
    nobodys = RightsRequest.objects.filter(customer=None).values_list("pk", flat=True)
    users = {str(id) for id in User.objects.values_list("pk", flat=True)}
    watch = Watch(users, {str(id) for id in turns}, {str(id) for id in nobodys})
    with connection.execute_wrapper(watch):
        yield watch
