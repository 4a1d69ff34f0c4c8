"""Several programs as one: started together, watched, started again when one dies, and stopped together."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from consents.core.embedded import CannotStart

PAUSE = 0.1
READY_SECONDS = 60
STOP_SECONDS = 15
KILL_SECONDS = 3
CALM_SECONDS, LONGEST_PAUSE = 60, 30  # who ran so long begins anew; who does not waits longer each time
STDERR = 2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TIED = (sys.executable, "-m", "consents.running.tied")  # before the name of a module: it ends when we do
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """Something to run. `name` is how a sentence calls it: "the web server"."""

    name: str
    command: Sequence[str]


@dataclass
class Child:
    """A program that was started, and is when it dies."""

    program: Program
    folder: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] = field(init=False)
    begun, deaths, due = 0.0, 0, 0.0

    def start(self) -> None:
        """In a process group of its own, so that Ctrl-C reaches us alone and we stop it in order."""
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            self.program.command,
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.PIPE,  # closes when we end: see `tied`
            stdout=STDERR,  # our own standard output is for our caller
            stderr=STDERR,
            process_group=0,
        )

    def look_after(self) -> None:
        """Start it again when it has died: at once, and after a while when it dies again soon.

        It never gives up: what it needs, such as a database elsewhere, may come back.
        """
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if not self.due:
            self.deaths = 1 if now - self.begun > CALM_SECONDS else self.deaths + 1
            self.due = now + min(LONGEST_PAUSE, 2 ** (self.deaths - 1) - 1)
            log.error(
                "%s ended by itself (%s) and is started again.", self.program.name.capitalize(), self.how_it_ended
            )
            self.end()
        if now >= self.due:
            self.due = 0.0
            self.start()

    @property
    def how_it_ended(self) -> str:
        code = self.process.returncode
        return f"exit code {code}" if code >= 0 else f"signal {-code}"

    def end(self) -> None:
        self.kill_group()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def signal(self, number: signal.Signals) -> None:
        """To the program itself: it stops its own workers in its own order."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """End whatever is left of the program and its workers, and wait until they have let go of everything."""
        until = time.monotonic() + KILL_SECONDS
        with suppress(ProcessLookupError, PermissionError):
            while time.monotonic() < until:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.poll()
                time.sleep(PAUSE / 10)


def run(
    programs: Sequence[Program],
    *,
    folder: Path,
    environment: Mapping[str, str],
    is_ready: Callable[[], bool],
    when_ready: Callable[[], None],
    keep: Callable[[], None] = lambda: None,
) -> None:
    """Run the programs until Ctrl-C, SIGTERM or a closed terminal; none is left when this returns.

    `when_ready` is called once, as soon as `is_ready` says so; `keep` again and again, to look after what is no program
    of ours. A program that dies once all were ready is started again. Raises CannotStart when one does not get ready;
    the others are stopped first.
    """
    children: list[Child] = []
    with asked_to_stop() as asked:
        try:
            children += (start(program, folder, environment) for program in programs)
            watch(children, asked, is_ready, when_ready, keep)
        finally:
            stop(children, asked)


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """An event that is set by what would otherwise end this process."""
    asked = threading.Event()

    def ask(*_: Any) -> None:
        asked.set()

    kept = {number: signal.signal(number, ask) for number in heeded()}
    try:
        yield asked
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, each of these signals interrupts like Ctrl-C, and an interruption is no traceback: exit code 130."""
    for number in heeded():
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def heeded() -> list[signal.Signals]:
    """Under nohup a closed terminal is to be ignored, and stays so."""
    return [number for number in SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]


def start(program: Program, folder: Path, environment: Mapping[str, str]) -> Child:
    child = Child(program, folder, environment)
    child.start()
    return child


def watch(
    children: Sequence[Child],
    asked: threading.Event,
    is_ready: Callable[[], bool],
    when_ready: Callable[[], None],
    keep: Callable[[], None],
) -> None:
    """What ends before all is ready was never going to run; what dies later is started again."""
    ready, until = False, time.monotonic() + READY_SECONDS
    while not asked.wait(PAUSE):
        keep()
        for child in children:
            if not ready:
                check_runs(child)
            else:
                child.look_after()
        if ready:
            continue
        if is_ready():
            when_ready()
            ready = True
        elif time.monotonic() > until:
            raise CannotStart(f"The portal did not answer within {READY_SECONDS} seconds; it was stopped.")


def check_runs(child: Child) -> None:
    if child.process.poll() is not None:
        raise CannotStart(
            f"{child.program.name.capitalize()} ended by itself ({child.how_it_ended}), so everything was stopped. "
            "Why stands in the lines above."
        )


def stop(children: Sequence[Child], asked: threading.Event) -> None:
    """Ask each to end, wait, then end what is left. Asked a second time, do not wait."""
    asked.clear()
    for child in children:
        child.signal(signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    while any(child.process.poll() is None for child in children) and time.monotonic() < until:
        if asked.wait(PAUSE):
            break
    for child in children:
        child.end()
