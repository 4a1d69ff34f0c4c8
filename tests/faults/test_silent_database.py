"""A database that neither answers nor closes: a calm page comes within seconds, and service goes on afterwards."""

import signal
import time

import psutil

from consents.ops.embedded.server import Postmaster
from tests.faults.playing import Browser
from tests.waiting import LONG_PAUSE, wait_until

ANSWER_SECONDS = 20  # on a busy machine; five where it has a core to itself


def list_servers(portal) -> list[psutil.Process]:
    postmaster = Postmaster.find(portal.home / "data")
    assert postmaster
    main = psutil.Process(postmaster.pid)
    return [main, *main.children(recursive=True)]


def test_a_silent_database_is_a_calm_page(portal, customers):
    visitor = Browser(portal.port, next(customers)["session"])
    assert visitor.insist("/").status == 200

    stopped = list_servers(portal)
    for process in stopped:
        process.send_signal(signal.SIGSTOP)
    try:
        for _ in range(4):
            begun = time.monotonic()
            answer = visitor.ask("/")
            took = time.monotonic() - begun
            assert (answer.status, took < ANSWER_SECONDS) == (503, True), (took, portal.said[-20:])
            assert "not your fault" in answer.text
    finally:
        for process in stopped:
            process.send_signal(signal.SIGCONT)

    wait_until(lambda: visitor.ask("/").status == 200, "the portal's return", LONG_PAUSE)
