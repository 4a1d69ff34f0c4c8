"""`kill -9` of any process at any moment of the journey: nothing acknowledged is lost, nothing happens twice."""

import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from consents.core import roles
from tests.faults.own_portal import OwnPortal
from tests.faults.playing import Answer, Browser, Journey
from tests.soak.killing import DURABLE
from tests.waiting import LONG_PAUSE, wait_until

VICTIMS = ["the portal itself", "the web server", "a web worker", "the worker", "the database", "a database process"]
ACTS = ["sign in", "ask", "answer", "open", "stop", "give", "withdraw"]
LATEST = 0.06  # seconds after the request was sent: about as long as it takes


def test_what_is_acknowledged_has_reached_the_disk(portal):
    """As the portal's own role has it: without these, no kill of a process would show what a power cut loses."""
    assert [setting for _name, setting in portal.query(DURABLE, roles.APP)] == ["on"] * 3


@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(portal, customers, victim, dice):
    moment, after = dice.choice(ACTS), dice.uniform(0, LATEST)
    print(f"killed {after:.4f} s after {moment} was sent")
    customer = next(customers)
    portal.as_owner("DELETE FROM portal_cache")  # five kills amid signing in count as five wrong passwords
    Browser(portal.port, "a=probe").insist("/help/")  # all is up again: a server that starts has children for a moment
    kill = Killing(portal, victim, moment, after)

    journey = Journey(portal.port, portal.stage, customer, kill.around)
    journey.sign_in()
    journey.play()
    journey.choose()

    assert journey.done == ACTS
    wait_until(lambda: portal.victim(victim) not in (None, kill.killed), f"{victim} started again", LONG_PAUSE)
    check_one_of_each(portal, customer["id"])


class Killing:
    def __init__(self, portal: OwnPortal, victim: str, moment: str, after: float) -> None:
        self.portal, self.victim, self.moment, self.after = portal, victim, moment, after
        self.killed: psutil.Process | None = None

    def around(self, act: str, call) -> Answer:
        if act != self.moment:
            return call()
        with ThreadPoolExecutor(1) as pool:
            killing = pool.submit(self.kill)
            answer = call()
            killing.result()
        return answer

    def find(self) -> psutil.Process:
        wait_until(self.is_found, f"{self.victim} is there")
        return self.killed

    def is_found(self) -> bool:
        self.killed = self.portal.victim(self.victim)
        return self.killed is not None

    def kill(self) -> None:
        """The process of the database is one that is at work then."""
        found = self.find()
        time.sleep(self.after)
        if self.victim == "the portal itself":
            self.portal.start_over()
        elif self.victim == "a database process":
            self.find().kill()
        else:
            found.kill()


def check_one_of_each(portal: OwnPortal, customer: str) -> None:
    rows = portal.query(f"SELECT event, count(*) FROM ledger_entry WHERE customer = '{customer}' GROUP BY event")
    events = dict(rows)
    looks = events.pop("vault.opened")
    refused = events.pop("vault.opening_refused", 0)
    assert looks >= 1 and refused == 0
    assert {event: events[event] for event in events if event.startswith(("access_request", "grant", "consent"))} == {
        "access_request.filed": 1,
        "access_request.answered": 1,
        "grant.ended": 1,
        "consent.given": 1,
        "consent.withdrawn": 1,
    }
    counts = portal.query(
        f"""SELECT (SELECT count(*) FROM access_accessrequest WHERE customer_id = '{customer}'),
        (SELECT count(*) FROM access_answer a JOIN access_accessrequest r ON r.id = a.access_request_id
         WHERE r.customer_id = '{customer}'),
        (SELECT count(*) FROM access_grant WHERE customer_id = '{customer}' AND ended_at IS NOT NULL),
        (SELECT count(*) FROM disclosures_opening WHERE customer_id = '{customer}'),
        (SELECT count(*) FROM choices_choice WHERE customer_id = '{customer}' AND status = 'ConsentWithdrawn'),
        (SELECT count(*) FROM rights_rightsrequest WHERE customer_id = '{customer}')"""
    )
    assert counts == [(1, 1, 1, looks, 1, 1)]
