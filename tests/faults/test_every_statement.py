"""Every act, undisturbed: it takes its locks in the one order that `ledger.services.appending.lock_people` writes down.

Then failing at its 1st, 2nd, 3rd … statement until it passes: all or nothing each time, and a retry works.

The acts are found in the rooms; one without a call in `acts/` fails.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
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
from tests.races.lock_order import watched
from tests.world.cast import make_user
from tests.world.ground import ground

MOST = 400  # statements of one act
# What these put on record before they read is committed first, on purpose: a look that failed is on record
# all the same.
LOOK = {"disclosures_opening", "disclosures_looknews", "ledger_entry", "ledger_chainhead"}
ON_RECORD_FIRST = {disclose_records: LOOK, disclose_own_copy: LOOK, make_package: LOOK, read_for_statistics: LOOK}
ON_RECORD_FIRST |= {look_at_value: LOOK}


class Cut(OperationalError):
    """What the test itself did."""


class Failing:
    """Counts the statements of this thread's connection and fails one of them; COPY too, which Django does not see."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def check(self) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise Cut

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        self.check()
        return execute(sql, params, many, context)


@contextmanager
def failing_at(number: int) -> Iterator[Failing]:
    fault, copy = Failing(number), psycopg.Cursor.copy

    def counted(*args: Any, **options: Any) -> Any:
        fault.check()
        return copy(*args, **options)

    with connection.execute_wrapper(fault), pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "copy", counted)
        # The journal is written after the COMMIT, and made good when that fails: tests/ledger/test_journal.py.
        patch.setattr(journalling, "write_waiting_entries", lambda: None)
        yield fault


@pytest.fixture
def folders(tmp_path) -> Callable[[], Path]:
    """A new folder of keys each time."""
    names = itertools.count()

    def make() -> Path:
        keys.make_keys(folder := tmp_path / str(next(names)))
        return folder

    return make


@pytest.mark.parametrize("act", public_acts(), ids=lambda act: f"{act.__module__}.{act.__name__}")
def test_an_act_that_fails_at_any_statement_leaves_nothing(act, real_world, later, capsys, folders):
    call = ACTS[act](real_world, later=later, folder=folders())
    with state.watch_database() as database:
        before = database.now()
        with watched() as watch:
            call()
        undisturbed = state.count_new_rows(before, database.now())
        assert watch.wrong == []

        later(timedelta(0))
        ground.leave()
        ground.lay()
        call = ACTS[act](ground.cast(), later=later, folder=folders())
        before = database.now()
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
    """Fail one statement later each time; the number of statements there were to fail."""
    for number in range(1, MOST):
        with failing_at(number) as fault:
            try:
                call()
            except Cut:
                pass
            else:
                assert fault.seen < number, "A failed statement was passed over in silence."
                return number - 1
        check()
    raise AssertionError(f"More than {MOST} statements.")


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
