"""Several programs as one: what dies is started again, and none is left in the end."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from consents.ops.embedded import CannotStart
from consents.ops.running import processes
from consents.ops.running.processes import Program, run_programs
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.usefixtures("interruptible")
FOREVER = "import signal; signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); {FOREVER}"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '''{FOREVER}''']); {FOREVER}"
ROOT = Path(__file__).resolve().parents[2]
# Starts a program as `processes` does, says which, and waits.
STARTER = f"""
import os, signal
from consents.ops.running.processes import Child, Program
print(Child(Program("one", {{}}), os.environ).process.pid, flush=True)
{FOREVER}
"""


def program(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code])


def run_all(*programs: Program, is_ready=lambda: True, when_ready=lambda: None) -> None:
    run_programs(programs, environment=os.environ, is_ready=is_ready, when_ready=when_ready)


def offspring() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = offspring()
    yield
    assert [process for process in offspring() if process not in before] == []


@pytest.mark.parametrize("number", processes.SIGNALS)
def test_it_stops_everything_when_asked(number):
    run_all(program("one", FOREVER), program("two", FOREVER), when_ready=lambda: os.kill(os.getpid(), number))


def test_it_stops_what_its_programs_left_behind():
    run_all(program("one", PARENT), when_ready=lambda: os.kill(os.getpid(), signal.SIGTERM))


def test_it_gives_the_signals_back():
    kept = [signal.getsignal(number) for number in processes.SIGNALS]

    run_all(program("one", FOREVER), when_ready=lambda: os.kill(os.getpid(), signal.SIGINT))

    assert [signal.getsignal(number) for number in processes.SIGNALS] == kept


def test_it_says_who_ended_before_all_was_ready_and_stops_the_rest():
    with pytest.raises(CannotStart, match=r"The worker ended by itself \(exit code 3\)"):
        run_all(
            program("the web server", FOREVER),
            program("the worker", "raise SystemExit(3)"),
            is_ready=lambda: False,
        )


def test_what_dies_is_started_again_and_what_it_left_is_ended():
    families: list[set[psutil.Process]] = []
    before = set(offspring())

    def find_new_family() -> set[psutil.Process] | None:
        """The program and its child, once both are others than before."""
        family = {process for process in offspring() if process not in before and process.name() != "postgres"}
        return family if len(family) == 2 and not any(family & known for known in families) else None

    def kill_then_stop() -> None:
        for end in (lambda family: next(one for one in family if one.children()).kill(), stop_us):
            wait_until(find_new_family, "the program and its child")
            families.append(found := find_new_family() or set())
            end(found)

    def stop_us(_family: set[psutil.Process]) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    killing = threading.Thread(target=kill_then_stop)
    run_all(program("one", PARENT), when_ready=killing.start)
    killing.join()

    assert [len(family) for family in families] == [2, 2]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_tied_program_ends_with_whoever_started_it(how):
    """Also when nobody had the time to say goodbye."""
    tied = [*processes.TIED, "tests.running.waits"]
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER.format(tied)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert starter.stdin and starter.stdout
    program = psutil.Process(int(starter.stdout.readline()))

    starter.send_signal(how)

    starter.wait(PATIENCE)
    program.wait(PATIENCE)
    starter.stdin.close()
    starter.stdout.close()


def test_it_does_not_wait_for_ever_for_the_deaf(monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)

    run_all(program("one", DEAF), when_ready=lambda: os.kill(os.getpid(), signal.SIGTERM))


def test_it_says_so_when_nothing_gets_ready(monkeypatch):
    monkeypatch.setattr(processes, "READY_SECONDS", 0.2)

    with pytest.raises(CannotStart, match="did not answer"):
        run_all(program("one", FOREVER), is_ready=lambda: False)
