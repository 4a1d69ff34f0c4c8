"""Every act, undisturbed: it takes its locks in the one order that `ledger.services.appending.lock_people` writes down.

Then failing at its statements until it passes: all or nothing each time, and a retry works. Of several statements from
which an error goes the same way (`ways`) with nothing committed between them, the first is failed; and each COMMIT,
when all is done that is to be undone.

The acts are found in the rooms; one without a call in `acts/` fails.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from consents.copies.services.packages import make_package
from consents.core import keys
from consents.disclosures.services import disclose_own_copy, disclose_records, read_for_statistics
from consents.ledger.selectors.chains import ChainFault, find_chain_faults
from consents.ledger.services import journalling
from consents.rights.services.looking import look_at_value
from tests.architecture.acts import public_acts
from tests.faults import state
from tests.faults.acts import ACTS
from tests.faults.ways import find_way
from tests.races.lock_order import watched
from tests.world.cast import make_user
from tests.world.ground import ground
from tests.world.rows import put_back, read_rows

MOST = 100  # failures of one act
# What these put on record before they read is committed first, on purpose: a look that failed is on record
# all the same.
LOOK = {"disclosures_opening", "disclosures_looknews", "ledger_entry", "ledger_chainhead"}
ON_RECORD_FIRST = {disclose_records: LOOK, disclose_own_copy: LOOK, make_package: LOOK, read_for_statistics: LOOK}
ON_RECORD_FIRST |= {look_at_value: LOOK}
READS = re.compile("SELECT (?!portal)")  # of which a commit keeps nothing


class Cut(OperationalError):
    """What the test itself did."""


class Failing:
    """Fails the first statement of this thread's connection from which an error goes a way that none has gone before.

    COMMITs too, and COPY, which Django does not see. After a commit every way is new.
    """

    def __init__(self, gone: set[Any]) -> None:
        self.gone, self.commits, self.has_failed = gone, 0, False

    def check(self) -> None:
        way = (self.commits, find_way(sweep.__code__))
        if not self.has_failed and way not in self.gone:
            self.gone.add(way)
            self.has_failed = True
            raise Cut

    def __call__(self, execute: Callable, sql: str, *rest: Any) -> Any:
        self.check()
        found = execute(sql, *rest)
        if not connection.in_atomic_block and not READS.match(sql):
            self.commits += 1
        return found

    def before(self, commits: Callable[..., Any]) -> Callable[..., Any]:
        def checked(*args: Any, **options: Any) -> Any:
            self.check()
            self.commits += 1
            return commits(*args, **options)

        return checked


@contextmanager
def failing(gone: set[Any]) -> Iterator[Failing]:
    fault = Failing(gone)
    with connection.execute_wrapper(fault), pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "copy", fault.before(psycopg.Cursor.copy))
        patch.setattr(connection, "_commit", fault.before(connection._commit))
        # The journal is written after the COMMIT, and made good when that fails: tests/ledger/test_journal.py.
        patch.setattr(journalling, "write_waiting_entries", lambda: None)
        yield fault


@pytest.mark.parametrize("act", public_acts(), ids=lambda act: f"{act.__module__}.{act.__name__}")
def test_an_act_that_fails_at_any_statement_leaves_nothing(act, real_world, later, capsys, tmp_path):
    keys.make_keys(tmp_path)
    call = ACTS[act](real_world, later=later, folder=tmp_path)
    prepared = read_rows(ground.speak_as_owner())
    with state.watch_database() as database:
        before = database.now()
        with watched() as watch:
            call()
        undisturbed = state.count_new_rows(before, database.now())
        assert watch.wrong == []

        put_back(ground.speak_as_owner(), prepared)
        assert database.now() == before
        failures = sweep(call, lambda: check_nothing_happened(database, before, ON_RECORD_FIRST.get(act, set())))
        changed = state.count_new_rows(before, database.now())

    with capsys.disabled():
        print(f" {failures}", end="", flush=True)
    assert failures > 0
    tables = set(undisturbed) - ON_RECORD_FIRST.get(act, set())
    assert {table: changed.get(table) for table in tables} == {table: undisturbed[table] for table in tables}
    assert [fault for fault in find_chain_faults() if isinstance(fault, ChainFault)] == []


def check_nothing_happened(database: state.State, before: state.Digest, allowed: set[str]) -> None:
    """By all rows only where somebody has committed anything."""
    assert database.is_untouched() or set(state.count_new_rows(before, database.now())) <= allowed


def sweep(call: Callable[[], Any], check: Callable[[], None]) -> int:
    """Fail in another way each time; how many ways there were to fail."""
    gone: set[Any] = set()
    for _ in range(MOST):
        with failing(gone) as fault:
            try:
                call()
            except Cut:
                pass
            else:
                assert not fault.has_failed, "A failed statement was passed over in silence."
                return len(gone)
        check()
    raise AssertionError(f"More than {MOST} ways to fail.")


def test_the_cheap_look_sees_what_is_committed_and_nothing_that_is_rolled_back(transactional_db):
    with state.watch_database() as database:
        before = database.now()
        with suppress(Cut), transaction.atomic():
            make_user("rolled@example.com")
            raise Cut
        assert database.is_untouched()
        make_user("kept@example.com")

        assert not database.is_untouched()
        assert state.count_new_rows(before, database.now()) == {"account_emailaddress": 1, "people_user": 1}
