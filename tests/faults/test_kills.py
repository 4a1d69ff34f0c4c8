"""`kill -9` of any process at any moment of the journey: nothing acknowledged is lost, nothing happens twice."""

import signal
import threading
import time

import psutil
import pytest

from consents.core.embedded.postmaster import Postmaster
from tests.faults.own_portal import PATIENCE, OwnPortal, wait_until
from tests.faults.playing import Answer, Journey

pytestmark = pytest.mark.xdist_group("own_portal")
VICTIMS = ["the web server", "a web worker", "the worker", "the database"]
ACTS = ["ask", "answer", "open", "stop"]
LATEST = 0.06  # seconds after the request was sent: about as long as it takes


@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(portal, customers, victim, dice):
    moment, after = dice.choice(ACTS), dice.uniform(0, LATEST)
    print(f"killed {after:.4f} s after {moment} was sent")
    customer = next(customers)
    kill = Killing(portal, victim, moment, after)

    journey = Journey(portal.port, portal.stage, customer, kill.around)
    journey.play()

    assert journey.done == ACTS
    wait_until(lambda: portal.victim(victim) not in (None, kill.killed), f"{victim} started again")
    check_one_of_each(portal, customer["id"])


def test_the_ledger_is_whole_after_all_that(portal):
    portal.run("manage.py", "verify_ledger")


class Killing:
    def __init__(self, portal: OwnPortal, victim: str, moment: str, after: float) -> None:
        self.portal, self.victim, self.moment, self.after = portal, victim, moment, after
        self.killed: psutil.Process | None = None

    def around(self, act: str, call) -> Answer:
        if act != self.moment:
            return call()
        killer = threading.Thread(target=self.kill)
        killer.start()
        try:
            return call()
        finally:
            killer.join()

    def kill(self) -> None:
        wait_until(lambda: self.portal.victim(self.victim), f"{self.victim} is there")
        self.killed = self.portal.victim(self.victim)
        assert self.killed
        time.sleep(self.after)
        self.killed.kill()


def check_one_of_each(portal: OwnPortal, customer: str) -> None:
    rows = portal.query(f"SELECT event, count(*) FROM ledger_entry WHERE customer = '{customer}' GROUP BY event")
    events = dict(rows)
    looks = events.pop("vault.opened")
    refused = events.pop("vault.opening_refused", 0)
    assert looks >= 1 and refused == 0
    assert {event: events[event] for event in events if event.startswith(("access_request", "grant"))} == {
        "access_request.filed": 1,
        "access_request.answered": 1,
        "grant.ended": 1,
    }
    counts = portal.query(
        f"""SELECT (SELECT count(*) FROM access_accessrequest WHERE customer_id = '{customer}'),
        (SELECT count(*) FROM access_answer a JOIN access_accessrequest r ON r.id = a.request_id
         WHERE customer_id = '{customer}'),
        (SELECT count(*) FROM access_grant WHERE customer_id = '{customer}' AND ended_at IS NOT NULL),
        (SELECT count(*) FROM disclosures_opening WHERE customer_id = '{customer}')"""
    )
    assert counts == [(1, 1, 1, looks)]


def test_nothing_is_left_when_the_portal_itself_is_killed(portal):
    family = portal.family()
    assert len(family) > 2

    portal.stop(signal.SIGKILL)

    _gone, left = psutil.wait_procs(family, PATIENCE)
    assert left == []
    wait_until(lambda: Postmaster.on(portal.folders.data) is None, "the database's end")
    portal.serve()
