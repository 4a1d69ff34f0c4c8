"""Two machines behind nginx are restarted one after the other while people ask and answer: no request is lost."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from uuid import uuid4

import pytest

from consents.ops.running.portal import is_answering
from tests.faults.nginx import run_nginx
from tests.faults.own_portal import OwnPortal
from tests.faults.playing import Browser
from tests.waiting import wait_until

DRAIN = 6  # seconds: more than the `fail_timeout` of nginx.conf
PEOPLE = 3


@pytest.fixture
def machines(portal) -> Iterator[list[OwnPortal]]:
    """Two web servers on the database, in the folder and with the keys of the portal."""
    with ExitStack() as started:
        both = [OwnPortal(portal.var, portal.mail, portal.stage) for _ in range(2)]
        for machine in both:
            machine.options = ("--web", "--workers", "1", "--drain", str(DRAIN))
            started.callback(machine.stop, signal.SIGKILL)
            machine.serve()
        yield both


def test_no_request_is_lost(portal, customers, machines):
    over = Event()
    with run_nginx([machine.port for machine in machines]) as front, ThreadPoolExecutor(PEOPLE) as pool:
        people = [Browser(front, next(customers)["session"]) for _ in range(PEOPLE)]
        asking = [pool.submit(ask_and_answer, browser, portal.stage, over) for browser in people]
        try:
            for machine in machines:
                machine.stop()
                machine.serve()
                wait_until(lambda port=machine.port: is_answering("127.0.0.1", port), "the machine")
        finally:
            over.set()
        answers = [answer for asked in asking for answer in asked.result()]

    assert len(answers) > 20 * PEOPLE and set(answers) == {200, 302}


def test_a_machine_that_stops_says_so(machines):
    machine = machines[0]
    machine.serving.send_signal(signal.SIGTERM)

    wait_until(lambda: Browser(machine.port, "a=b").ask("/readyz").status == 503, "word that it stops")
    assert Browser(machine.port, "a=b").ask("/help/").status == 200
    machine.stop()  # asked again, it waits no longer


def ask_and_answer(browser: Browser, stage: dict, over: Event) -> list[int]:
    """Read, give and withdraw until it is over; every answer but one that never came."""
    page, answers = f"/choices/{stage['purpose']}", []
    while not over.is_set():
        given = {"answer": "given", "version": stage["version"], "token": str(uuid4())}
        for path, form in [("/", None), (f"{page}/give/", given), (f"{page}/withdraw/", {"token": str(uuid4())})]:
            answers.append(browser.ask(path, form).status)
            time.sleep(0.1)  # a load that leaves room for two starts
    return answers
