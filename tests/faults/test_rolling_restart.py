"""Two machines behind nginx are restarted one after the other, with no wait in between: no request is lost."""

import http.client
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from threading import Event

import pytest
from django.conf import settings

from consents.ops.running.ports import find_free_port
from tests.faults.nginx import FAIL_SECONDS, run_nginx
from tests.faults.own_portal import OwnPortal
from tests.faults.playing import Browser
from tests.waiting import PATIENCE, wait_until

CLIENTS = 4


@pytest.fixture
def web_server(portal):
    """A web server of its own on the portal's database, as `serve` runs it on one of several machines."""
    machine = OwnPortal(portal.var, portal.mail, options=("--web", "--workers", "1", "--drain", "60"))
    machine.serve()
    yield machine
    machine.stop(signal.SIGKILL)


def start_machine(port: int) -> subprocess.Popen[str]:
    """Start a small server that stops as the portal does, but is up in a moment."""
    command = [sys.executable, "-m", "tests.faults.machine", str(port), str(2 * FAIL_SECONDS)]
    machine = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
    assert machine.stdout and machine.stdout.readline() == "up\n"
    return machine


def stop_machine(machine: subprocess.Popen[str], *, at_once: bool = False) -> None:
    for _ in range(1 + at_once):
        machine.terminate()
    machine.wait(PATIENCE)
    if machine.stdout:
        machine.stdout.close()


def test_no_request_is_lost():
    over, ports = Event(), [find_free_port("127.0.0.1", 0) for _ in range(2)]
    with ExitStack() as started, ThreadPoolExecutor(CLIENTS) as pool:
        machines = {port: start_machine(port) for port in ports}
        started.callback(lambda: [stop_machine(machine, at_once=True) for machine in machines.values()])
        front = started.enter_context(run_nginx(ports))
        asking = [pool.submit(ask, front, over) for _ in range(CLIENTS)]
        started.callback(over.set)
        for port in ports:
            stop_machine(machines[port])
            machines[port] = start_machine(port)
        over.set()
        answers = sum((asked.result() for asked in asking), Counter())

    assert set(answers) == {("GET", 200), ("POST", 200)} and answers.total() > 100


def test_a_machine_that_stops_says_so_and_answers_on(web_server):
    web_server.serving.send_signal(signal.SIGTERM)

    wait_until(lambda: Browser(web_server.port, "a=b").ask("/readyz").status == 503, "word that it stops")
    with closing(http.client.HTTPConnection("127.0.0.1", web_server.port, timeout=PATIENCE)) as connection:
        connection.request("GET", "/help/", headers={"Host": "localhost"})
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
    web_server.stop()  # asked again, it waits no longer


def ask(front: int, over: Event) -> Counter[tuple[str, object]]:
    """Ask and send until it is over; count what was answered, and what was not."""
    answers: Counter[tuple[str, object]] = Counter()
    while not over.is_set():
        for method in ("GET", "GET", "POST"):
            with closing(http.client.HTTPConnection("127.0.0.1", front, timeout=PATIENCE)) as connection:
                try:
                    connection.request(method, "/", "a=b" if method == "POST" else None)
                    status: object = connection.getresponse().status
                except (OSError, http.client.HTTPException) as reason:
                    status = type(reason).__name__
            answers[method, status] += 1
    return answers
