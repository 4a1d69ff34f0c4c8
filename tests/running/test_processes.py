"""Several programs as one: whoever ends first, none is left."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from consents.core.embedded import CannotStart
from consents.running import processes
from consents.running.processes import Program, run

FOREVER = "import signal; signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); {FOREVER}"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '''{FOREVER}''']); {FOREVER}"


def program(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code])


def run_all(*programs: Program, is_ready=lambda: True, when_ready=lambda: None) -> None:
    run(programs, folder=Path.cwd(), environment=os.environ, is_ready=is_ready, when_ready=when_ready)


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


def test_it_says_who_ended_and_stops_the_rest():
    with pytest.raises(CannotStart, match=r"The worker ended by itself \(exit code 3\)"):
        run_all(program("the web server", FOREVER), program("the worker", "raise SystemExit(3)"))


def test_it_does_not_wait_for_ever_for_the_deaf(monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)

    run_all(program("one", DEAF), when_ready=lambda: os.kill(os.getpid(), signal.SIGTERM))


def test_it_says_so_when_nothing_gets_ready(monkeypatch):
    monkeypatch.setattr(processes, "READY_SECONDS", 0.2)

    with pytest.raises(CannotStart, match="did not answer"):
        run_all(program("one", FOREVER), is_ready=lambda: False)
