"""Run several programs as one: started together, stopped together, and all stopped when one of them ends.

What starts them again is systemd, the container's engine, or a person.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from consents.ops.embedded import CannotStart

ROOT = Path(__file__).parents[3]
PAUSE, READY_SECONDS, STOP_SECONDS = 0.1, 180, 15
STDERR = 2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RUNNER = "CONSENTS_RUNNER"  # the process whose end a program follows

# By how a sentence calls each: "the web server".
Programs = Mapping[str, Sequence[str]]
Processes = dict[str, subprocess.Popen[bytes]]


def run_programs(
    programs: Programs, *, environment: Mapping[str, str], is_ready: Callable[[], bool], when_ready: Callable[[], None]
) -> None:
    """Run the programs until Ctrl-C, SIGTERM or a closed terminal; none is left when this returns.

    `when_ready` is called once, as soon as `is_ready` says so. Raises CannotStart when one ends by itself, or nothing
    gets ready in time; the others are stopped first.
    """
    running: Processes = {}
    with catch_stop_signals() as asked:
        try:
            for name, command in programs.items():
                running[name] = start_program(command, environment)
            if wait_until_ready(running, is_ready, asked):
                when_ready()
                while not asked.wait(PAUSE):
                    check_running(running)
        finally:
            stop_programs(running.values(), asked)


def start_program(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own, so that Ctrl-C reaches us alone and we stop it in order."""
    given = dict(environment) | {RUNNER: str(os.getpid())}
    # Our own standard output is for our caller.
    return subprocess.Popen(
        command, cwd=ROOT, env=given, stdin=subprocess.DEVNULL, stdout=STDERR, stderr=STDERR, process_group=0
    )


def wait_until_ready(running: Processes, is_ready: Callable[[], bool], asked: threading.Event) -> bool:
    """Return False when asked to stop before. Raises CannotStart when one ends, or nothing gets ready in time."""
    until = time.monotonic() + READY_SECONDS
    while not asked.wait(PAUSE):
        check_running(running)
        if is_ready():
            return True
        if time.monotonic() > until:
            raise CannotStart(f"The portal did not answer within {READY_SECONDS} seconds; it was stopped.")
    return False


def check_running(running: Processes) -> None:
    """Raises CannotStart when one has ended."""
    for name, process in running.items():
        if (code := process.poll()) is not None:
            reason = f"exit code {code}" if code >= 0 else f"signal {-code}"
            raise CannotStart(
                f"{name.capitalize()} ended by itself ({reason}), so everything was stopped. Why stands in the lines "
                "above."
            )


def stop_programs(processes: Collection[subprocess.Popen[bytes]], asked: threading.Event) -> None:
    """Ask each to stop in its own order, wait, then kill what is left of it. Asked again, do not wait."""
    asked.clear()
    for process in processes:
        process.terminate()
    until = time.monotonic() + STOP_SECONDS
    while any(process.poll() is None for process in processes) and time.monotonic() < until:
        if asked.wait(PAUSE):
            break
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def catch_stop_signals() -> Iterator[threading.Event]:
    """Yield an event that is set by what would otherwise end this process."""
    asked = threading.Event()
    previous = {number: signal.signal(number, lambda *_: asked.set()) for number in list_heeded_signals()}
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


def exit_with_runner() -> None:
    """End this program, as if asked to stop, once its parent or the runner was killed. Without a runner do nothing."""
    if runner := os.environ.get(RUNNER):
        with suppress(psutil.NoSuchProcess):
            followed = [psutil.Process(os.getppid()), psutil.Process(int(runner))]
            threading.Thread(target=follow_end, args=[followed], daemon=True).start()
            return
        sys.exit(1)


def follow_end(followed: list[psutil.Process]) -> None:
    while all(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in followed):
        time.sleep(PAUSE)
    parent = followed[0].pid
    # The web server's own parent would start this process again.
    os.kill(parent if os.getppid() == parent else os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)
