"""Run several programs as one: started together, started again when one dies, and stopped together."""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from os import killpg
from pathlib import Path
from typing import Any

from consents.ops.embedded import CannotStart
from consents.ops.running.leaving import Stage

ROOT = Path(__file__).parents[3]
PAUSE = 0.1
READY_SECONDS = 180
STOP_SECONDS = 15
KILL_SECONDS = 3
# A program that ran for CALM_SECONDS is started again at once; one that keeps dying waits longer each time.
CALM_SECONDS, LONGEST_PAUSE = 60, 30
STDERR = 2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Before the name of a module: it exits when we do.
TIED = (sys.executable, "-m", "consents.ops.running.exit_with_parent")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """Something to run. `name` is how a sentence calls it: "the web server"."""

    name: str
    command: Sequence[str]


@dataclass
class Child:
    """A program that is running, and is started again when it dies."""

    program: Program
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] = field(init=False)
    started_at, deaths, restart_at = 0.0, 0, 0.0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start it in a process group of its own, so that Ctrl-C reaches us alone and we stop it in order."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.program.command,
            cwd=ROOT,
            env=dict(self.environment),
            stdin=subprocess.PIPE,  # closes when we end: see `exit_with_parent`
            stdout=STDERR,  # our own standard output is for our caller
            stderr=STDERR,
            process_group=0,
        )

    def check_runs(self) -> None:
        """Raises CannotStart when it has ended."""
        if self.process.poll() is not None:
            raise CannotStart(
                f"{self.program.name.capitalize()} ended by itself ({self.exit_reason}), so everything was stopped. "
                "Why stands in the lines above."
            )

    def restart_if_dead(self) -> None:
        """Start it again at once, or after a while when it dies again soon.

        It never gives up: what it needs, such as a database elsewhere, may come back.
        """
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if not self.restart_at:
            self.deaths = 1 if now - self.started_at > CALM_SECONDS else self.deaths + 1
            self.restart_at = now + min(LONGEST_PAUSE, 2 ** (self.deaths - 1) - 1)
            log.error("%s ended by itself (%s) and is started again.", self.program.name.capitalize(), self.exit_reason)
            self.end()
        if now >= self.restart_at:
            self.restart_at = 0.0
            self.start()

    @property
    def exit_reason(self) -> str:
        code = self.process.returncode
        return f"exit code {code}" if code >= 0 else f"signal {-code}"

    def end(self) -> None:
        """Kill whatever is left of the program and its workers, and wait until they have let go of everything."""
        until = time.monotonic() + KILL_SECONDS
        with suppress(ProcessLookupError, PermissionError):
            while time.monotonic() < until:
                killpg(self.process.pid, signal.SIGKILL)
                self.process.poll()
                time.sleep(PAUSE / 10)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


def run_programs(
    programs: Sequence[Program],
    *,
    environment: Mapping[str, str],
    is_ready: Callable[[], bool],
    when_ready: Callable[[], None],
    stages: Sequence[Stage] = (),
) -> None:
    """Run the programs until Ctrl-C, SIGTERM or a closed terminal; none is left when this returns.

    `when_ready` is called once, as soon as `is_ready` says so. A program that dies later is started again. Asked to
    stop, they run on through the `stages` of leaving; asked again, they stop at once. Raises CannotStart when one does
    not get ready; the others are stopped first.
    """
    children: list[Child] = []
    with catch_stop_signals() as asked:
        try:
            children += (Child(program, environment) for program in programs)
            if wait_until_ready(children, is_ready, asked):
                when_ready()
                keep_running(children, asked)
                take_leave(children, asked, stages)
        finally:
            stop_programs(children, asked)


def wait_until_ready(children: Sequence[Child], is_ready: Callable[[], bool], asked: threading.Event) -> bool:
    """Return False when asked to stop before. Raises CannotStart when one ends, or nothing gets ready in time."""
    until = time.monotonic() + READY_SECONDS
    while not asked.wait(PAUSE):
        for child in children:
            child.check_runs()
        if is_ready():
            return True
        if time.monotonic() > until:
            raise CannotStart(f"The portal did not answer within {READY_SECONDS} seconds; it was stopped.")
    return False


def keep_running(children: Sequence[Child], asked: threading.Event, seconds: float = inf) -> None:
    """Start again what dies, until asked to stop or the time is over."""
    until = time.monotonic() + seconds
    while not asked.wait(PAUSE) and time.monotonic() < until:
        for child in children:
            child.restart_if_dead()


def take_leave(children: Sequence[Child], asked: threading.Event, stages: Sequence[Stage]) -> None:
    asked.clear()
    for stage in stages:
        if not asked.is_set():
            stage.mark.touch()
            keep_running(children, asked, stage.seconds)


def stop_programs(children: Sequence[Child], asked: threading.Event) -> None:
    """Ask each to stop its own workers in its own order, wait, then kill what is left. Asked again, do not wait."""
    asked.clear()
    for child in children:
        with suppress(ProcessLookupError):
            child.process.terminate()
    until = time.monotonic() + STOP_SECONDS
    while any(child.process.poll() is None for child in children) and time.monotonic() < until:
        if asked.wait(PAUSE):
            break
    for child in children:
        child.end()


@contextmanager
def catch_stop_signals() -> Iterator[threading.Event]:
    """Yield an event that is set by what would otherwise end this process."""
    asked = threading.Event()

    def ask(*_: Any) -> None:
        asked.set()

    previous = {number: signal.signal(number, ask) for number in list_heeded_signals()}
    try:
        yield asked
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def exit_on_interrupt() -> Iterator[None]:
    """Treat each of these signals as Ctrl-C inside, and end with exit code 130 instead of a traceback."""
    for number in list_heeded_signals():
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def list_heeded_signals() -> list[signal.Signals]:
    """List the signals to heed. Under nohup a closed terminal is ignored, and stays so."""
    return [number for number in SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
