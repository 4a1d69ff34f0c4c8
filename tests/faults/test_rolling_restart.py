"""Two machines behind nginx are taken out of it and restarted one after the other: no request is lost."""

import http.client
import os
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from threading import Event

from django.conf import settings

from consents.ops.running.portal import build_web_command
from consents.ops.running.ports import find_free_port
from tests.faults.nginx import is_open, run_nginx
from tests.waiting import PATIENCE, wait_until

CLIENTS = 4
KNOWN = "known=a"  # nginx does not count a browser that says so


def start_machine(port: int) -> subprocess.Popen[bytes]:
    command = build_web_command("127.0.0.1", port, "tests.faults.machine:application", workers=1)
    machine = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ)
    wait_until(lambda: is_open(port), "the machine")
    return machine


def stop_machine(machine: subprocess.Popen[bytes]) -> None:
    machine.terminate()
    machine.wait(PATIENCE)


def test_no_request_is_lost():
    over, ports = Event(), [find_free_port("127.0.0.1", 0) for _ in range(2)]
    with ExitStack() as started, ThreadPoolExecutor(CLIENTS) as pool:
        machines = {port: start_machine(port) for port in ports}
        started.callback(lambda: [stop_machine(machine) for machine in machines.values()])
        front = started.enter_context(run_nginx(ports))
        asking = [pool.submit(ask, front.port, over) for _ in range(CLIENTS)]
        started.callback(over.set)
        for port in ports:
            front.reload([other for other in ports if other != port])
            time.sleep(1)  # what was passed on before is answered
            stop_machine(machines[port])
            machines[port] = start_machine(port)
            front.reload(ports)
        over.set()
        answers = sum((asked.result() for asked in asking), Counter())

    assert set(answers) == {("GET", 200), ("POST", 200)} and answers.total() > 100


def ask(front: int, over: Event) -> Counter[tuple[str, object]]:
    """Ask and send until it is over; count what was answered, and what was not."""
    answers: Counter[tuple[str, object]] = Counter()
    while not over.is_set():
        for method in ("GET", "GET", "POST"):
            with closing(http.client.HTTPConnection("127.0.0.1", front, timeout=PATIENCE)) as connection:
                try:
                    connection.request(method, "/", "a=b" if method == "POST" else None, {"Cookie": KNOWN})
                    status: object = connection.getresponse().status
                except (OSError, http.client.HTTPException) as reason:
                    status = type(reason).__name__
            answers[method, status] += 1
    return answers
