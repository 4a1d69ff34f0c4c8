"""Every act keeps what is promised of each, tried in one scene, which costs more than the act:

- It takes no number of nothing (`unknown_rows`).
- In what it writes stands nobody else's name than the ledger tells (`forging`).
- It takes its locks in the one order that `ledger.services.appending.lock_people` writes down.
- Failing at its statements until it passes (`failing`), it does all or nothing each time, and a retry works.

The acts are found in the rooms; one without a call in `acts/` fails.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from django.db import Error, transaction

from consents.access.services.asking import file_access_request
from consents.copies.services.packages import make_package
from consents.core import keys
from consents.disclosures.services import disclose_own_copy, disclose_records, read_for_statistics
from consents.ledger.selectors.chains import ChainFault, find_chain_faults
from consents.rights.services.noting import look_at_value
from tests.architecture.acts import public_acts
from tests.architecture.mutation.speaking import owner_speaking, superuser_speaking
from tests.faults import forging, state
from tests.faults.acts import ACTS, SCENES
from tests.faults.unknown_rows import list_taken_numbers
from tests.faults.ways import Cut, sweep
from tests.races.lock_order import watched
from tests.world.cast import make_user
from tests.world.ground import ground
from tests.world.rotations import undone
from tests.world.rows import Rows, put_back, read_rows

# What these put on record before they read is committed first, on purpose: a look that failed is on record
# all the same.
LOOK = {"disclosures_opening", "disclosures_looknews", "ledger_entry", "ledger_chainhead"}
ON_RECORD_FIRST = {disclose_records: LOOK, disclose_own_copy: LOOK, make_package: LOOK, read_for_statistics: LOOK}
ON_RECORD_FIRST |= {look_at_value: LOOK}
# The vault opens for a look that is committed.
COMMITTED = {read_for_statistics, look_at_value}


@pytest.fixture(scope="module", autouse=True)
def able_to_try(peopled: None, django_db_blocker) -> Iterator[None]:
    """For the whole file: triggers that come and go make every session learn every table anew."""
    with django_db_blocker.unblock(), owner_speaking() as owner, superuser_speaking() as superuser:
        with forging.able_to_forge(owner), state.able_to_see_within(superuser):
            ground.find_rules_anew()
            with django_db_blocker.block():
                yield
        ground.find_rules_anew()


def mark_with_scene(act: Callable[..., Any]) -> Any:
    scene = [pytest.mark.stands_on(SCENES[act])] if act in SCENES else []
    return pytest.param(act, marks=scene, id=f"{act.__module__}.{act.__name__}")


@pytest.mark.parametrize("act", [mark_with_scene(act) for act in public_acts()])
def test_an_act_writes_what_its_entry_tells_or_nothing(act, real_world, later, capsys, tmp_path, monkeypatch):
    keys.make_keys(tmp_path)
    call = ACTS[act](real_world, later=later, folder=tmp_path)
    kept = partial(put_back_after, read_rows(ground.speak_as_superuser())) if act in COMMITTED else undone

    assert list_taken_numbers(act, call, monkeypatch) == []
    with state.watch_database() as database:
        before = database.now()
        with kept():
            written = forging.forge(call, forging.NOTHING)
            undisturbed = state.count_new_rows(before, state.see_within())
        columns = forging.find_forgeable(act, written)
        assert [column for column in columns if forging.is_let_through(call, column, kept)] == []

        on_record = ON_RECORD_FIRST.get(act, set())
        with watched() as watch:
            failures = sweep(call, lambda: check_nothing_happened(database, before, on_record))
        changed = state.count_new_rows(before, database.now())

    assert watch.wrong == []
    with capsys.disabled():
        print(f" {failures}", end="", flush=True)
    assert failures > 0
    assert {table: changed.get(table) for table in {*undisturbed} - on_record} == drop(undisturbed, on_record)
    assert [fault for fault in find_chain_faults() if isinstance(fault, ChainFault)] == []


@contextmanager
def put_back_after(rows: Rows) -> Iterator[None]:
    try:
        yield
    finally:
        put_back(ground.speak_as_superuser(), rows)


def drop(counts: dict[str, int], tables: set[str]) -> dict[str, int]:
    return {table: count for table, count in counts.items() if table not in tables}


def check_nothing_happened(database: state.State, before: state.Digest, allowed: set[str]) -> None:
    """By all rows only where somebody has committed anything."""
    assert database.is_untouched() or set(state.count_new_rows(before, database.now())) <= allowed


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


def test_the_look_within_sees_what_is_rolled_back(transactional_db):
    with state.watch_database() as database, undone():
        before = database.now()
        make_user("rolled@example.com")

        assert state.count_new_rows(before, state.see_within()) == {"account_emailaddress": 1, "people_user": 1}


def test_who_is_written_is_seen_and_another_name_comes_where_it_is_asked_for(real_world, later, tmp_path):
    call = ACTS[file_access_request](real_world, later=later, folder=tmp_path)
    column = "access_accessrequest.staff_id"
    with undone():
        assert forging.forge(call, forging.NOTHING) == [column]
    with pytest.raises(Error), undone():
        forging.forge(call, column)
