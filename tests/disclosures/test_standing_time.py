"""Inside one message the time of a statement stands still, and an old snapshot stays as it was: neither opens anything.

Each try is by the application's own role, with Ada and Ben on the scene.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from consents.access.services import ending
from consents.choices.rules import Marks
from consents.decisions.rules import DecisionCode, GrantFacts, decide_for_staff
from tests.architecture.mutation.speaking import application_speaking
from tests.disclosures.looking import committed, grant_of
from tests.waiting import wait_until
from tests.world.cast import answer, ask, put_in_vault
from tests.world.owners import acting_as_owner
from tests.world.sql.openings import force_moment

GATE = 4711
SEEN = (
    "PERFORM set_config('test.seen', current_setting('test.seen') || ' ' || (SELECT count(*) FROM vault_record), true);"
)
# So old was the opening after it had been seen.
AGE = SEEN.replace("count(*)", "extract(epoch FROM portal.clock() - opened_at)").replace(
    "vault_record", "disclosures_opening"
)
NAME = "PERFORM set_config('portal.opening', '{}', true), set_config('test.seen', '', true);"


@pytest.fixture
def opening(real_world) -> str:
    """Of Ada's orders; Ben's lie beside them."""
    put_in_vault(real_world.ben.customer, real_world.categories["orders"], {"item": "Ben's lamp"})
    return committed(grant_of(answer(real_world, ask(real_world), "all")))


def stop(world) -> None:
    [request] = world.ada.customer.access_requests.all()
    ending.stop_access(access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)


def run_block(application, *steps: str) -> list[str]:
    with application.transaction():
        application.execute("DO $$ BEGIN " + "".join(steps) + " END $$")
        return application.execute("SELECT current_setting('test.seen')").fetchone()[0].split()


def test_an_opening_grows_old_inside_a_block(opening):
    age = 30.0  # seconds that one counts
    while age >= 30:  # a busy machine began to look too late
        force_moment(opening, "portal.now() - interval '29.5 seconds'")
        with application_speaking() as application:
            steps = NAME.format(opening), SEEN, AGE, "PERFORM pg_sleep(0.7);", SEEN
            before, age, after = map(float, run_block(application, *steps))
    assert (before, after) == (2, 0)


def test_a_stop_is_seen_inside_a_block_that_began_before(real_world, opening):
    wait = f"PERFORM pg_advisory_xact_lock({GATE});"
    with application_speaking() as gate, application_speaking() as application, ThreadPoolExecutor(1) as pool:
        gate.execute("SELECT pg_advisory_lock(%s)", [GATE])
        block = pool.submit(run_block, application, NAME.format(opening), SEEN, wait, SEEN)
        wait_until(lambda: is_awaited(gate), "The block waits at the gate")
        stop(real_world)
        gate.execute("SELECT pg_advisory_unlock(%s)", [GATE])
        assert block.result() == ["2", "0"]


def is_awaited(gate) -> bool:
    return gate.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE objid = %s AND NOT granted)", [GATE]).fetchone()[0]


def test_a_cursor_that_was_opened_before_a_stop_shows_nothing_after_it(real_world, opening):
    with application_speaking() as application, application.transaction():
        application.execute("SELECT set_config('portal.opening', %s, true)", [opening])
        application.execute("DECLARE reading CURSOR FOR SELECT customer_id FROM vault_record")
        assert application.execute("FETCH 1 FROM reading").fetchall() == [(real_world.ada.customer.id,)]
        stop(real_world)
        assert application.execute("FETCH ALL FROM reading").fetchall() == []


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE", "READ UNCOMMITTED"])
def test_only_read_committed_sees_anything(real_world, opening, isolation):
    with application_speaking() as application:
        application.execute(f"BEGIN ISOLATION LEVEL {isolation}")
        application.execute("SELECT set_config('portal.opening', %s, true)", [opening])
        assert application.execute("SELECT count(*) FROM vault_record").fetchone() == (0,)
        application.execute("ROLLBACK")


def test_the_clock_of_the_rules_goes_on_inside_a_message(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.now(), portal.clock(), pg_sleep(0.02), portal.now(), portal.clock()")
        start, first, _, still, later = cursor.fetchone()
    assert start == still and (later - first).total_seconds() >= 0.02


def test_both_clocks_are_moved_in_one_place(transactional_db, later):
    later(timedelta(days=3))
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("SELECT portal.now() - statement_timestamp(), portal.clock() - clock_timestamp()")
        ahead, real = cursor.fetchone()
    assert ahead == timedelta(days=3) and abs(real - ahead) < timedelta(seconds=1)


def test_nobody_looks_without_a_grant_or_before_it_starts():
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    who = {"is_staff": True, "is_trained": True, "marks": Marks(), "now": now}

    for starts, why in ((now, DecisionCode.GRANTED), (now + timedelta(seconds=1), DecisionCode.NO_GRANT)):
        grant = GrantFacts(starts, now + timedelta(hours=1), None, "")
        assert decide_for_staff(grant=grant, **who).why == why
    assert decide_for_staff(grant=None, **who).why == DecisionCode.NO_GRANT
