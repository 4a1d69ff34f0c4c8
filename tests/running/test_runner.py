"""Several programs as one: when one ends all are stopped, and none is left in the end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from consents.ops.embedded import CannotStart
from consents.ops.running import runner
from consents.ops.running.runner import run_programs
from tests.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("interruptible")
FOREVER = "import signal; signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); {FOREVER}"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '''{FOREVER}''']); {FOREVER}"
ROOT = Path(__file__).resolve().parents[2]
# Starts a program as the runner does, says which, and waits.
STARTER = f"""
import os, signal, sys
from consents.ops.running.runner import start_program
tied = "from consents.ops.running.runner import exit_with_runner; exit_with_runner(); {FOREVER}"
print(start_program([sys.executable, "-c", tied], os.environ).pid, flush=True)
{FOREVER}
"""


def run_all(*codes: str, is_ready=lambda: True, when_ready=lambda: None) -> None:
    programs = {f"program {number}": [sys.executable, "-c", code] for number, code in enumerate(codes)}
    run_programs(programs, environment=os.environ, is_ready=is_ready, when_ready=when_ready)


def offspring() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = offspring()
    yield
    assert [process for process in offspring() if process not in before] == []


@pytest.mark.parametrize("number", runner.SIGNALS)
def test_it_stops_everything_when_asked(number):
    run_all(FOREVER, FOREVER, when_ready=lambda: os.kill(os.getpid(), number))


def test_it_stops_what_its_programs_left_behind():
    run_all(PARENT, when_ready=lambda: os.kill(os.getpid(), signal.SIGTERM))


def test_it_gives_the_signals_back():
    kept = [signal.getsignal(number) for number in runner.SIGNALS]

    run_all(FOREVER, when_ready=lambda: os.kill(os.getpid(), signal.SIGINT))

    assert [signal.getsignal(number) for number in runner.SIGNALS] == kept


@pytest.mark.parametrize("is_ready", [False, True])
def test_when_one_ends_it_says_which_and_stops_the_rest(is_ready):
    with pytest.raises(CannotStart, match=r"Program 1 ended by itself \(exit code 3\)"):
        run_all(FOREVER, "import time; time.sleep(1); raise SystemExit(3)", is_ready=lambda: is_ready)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_tied_program_ends_with_whoever_started_it(how):
    """Also when nobody had the time to say goodbye."""
    starter = subprocess.Popen([sys.executable, "-c", STARTER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert starter.stdin and starter.stdout
    program = psutil.Process(int(starter.stdout.readline()))

    starter.send_signal(how)

    starter.wait(PATIENCE)
    program.wait(PATIENCE)
    starter.stdin.close()
    starter.stdout.close()


def test_it_does_not_wait_for_ever_for_the_deaf(monkeypatch):
    monkeypatch.setattr(runner, "STOP_SECONDS", 0.2)

    run_all(DEAF, when_ready=lambda: os.kill(os.getpid(), signal.SIGTERM))


def test_it_says_so_when_nothing_gets_ready(monkeypatch):
    monkeypatch.setattr(runner, "READY_SECONDS", 0.2)

    with pytest.raises(CannotStart, match="did not answer"):
        run_all(FOREVER, is_ready=lambda: False)
