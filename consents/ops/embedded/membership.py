"""This process's seat among the users of the server."""

import atexit
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from consents.ops.embedded import cluster, locks
from consents.ops.embedded.account import ENVIRONMENT
from consents.ops.embedded.errors import ELSEWHERE, CannotStart, explain_system_error
from consents.ops.embedded.home import Home
from consents.ops.embedded.server import Server

_START_SECONDS = 30.0
_PAUSE = 0.05
_ROOT = Path(__file__).parents[3]
# The secrets in the portal's environment are not for the keeper.
_PASSED_ON = (*ENVIRONMENT, "PYTHONPATH", "PYTHONHOME", "PORTAL_POSTGRES_FAST", "PORTAL_POSTGRES_START_SECONDS")
_seats: dict[Home, int] = {}
_lock = threading.Lock()


def ensure_running(var: Path) -> Server:
    """Start or join the server in `var/postgres`, and count this process among its users until it ends.

    Safe for any number of processes at once, and cheap to repeat. A forked child is not counted until it calls this
    itself. Raises CannotStart.
    """
    if os.name == "nt":
        raise CannotStart(f"The embedded database does not run on Windows: {ELSEWHERE}.")
    home = Home(Path(var).resolve() / "postgres")
    seconds = read_start_seconds()
    with _lock:
        try:
            if home not in _seats:
                _join_server(home, seconds)
            elif not locks.has_keeper(home):
                _start_keeper(home)
        except OSError as error:
            raise explain_system_error(error, home.path) from error
    return Server(home.data, home.socket_dir)


def release_server() -> None:
    """Leave now instead of at the end of the process; the last one out stops the server, or else its keeper does."""
    with _lock:
        while _seats:
            home, seat = _seats.popitem()
            with suppress(OSError):
                if locks.try_exclusive_lock(seat):
                    cluster.stop_server(home)
            os.close(seat)


def read_start_seconds() -> float:
    """Raises CannotStart."""
    text = os.environ.get("PORTAL_POSTGRES_START_SECONDS", "")
    try:
        seconds = float(text or _START_SECONDS)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise CannotStart(f"PORTAL_POSTGRES_START_SECONDS must be a number of seconds above 0, not {text!r}.")
    return seconds


def _join_server(home: Home, seconds: float) -> None:
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    seat = locks.take_seat(home)
    try:
        until = time.monotonic() + 2 * seconds + cluster.LONGEST_STOP
        while cluster.find_server(home) is None or not locks.has_keeper(home):
            if time.monotonic() > until:
                raise CannotStart(
                    f"Another process has been starting the database in {home.path} for too long: end that process "
                    "and try again."
                )
            if locks.has_keeper(home):
                time.sleep(_PAUSE)
            else:
                _start_keeper(home)
    except BaseException:
        os.close(seat)
        raise
    _seats[home] = seat
    atexit.unregister(release_server)
    atexit.register(release_server)  # anew for each process: multiprocessing clears what a child inherits


def _start_keeper(home: Home) -> None:
    """Return once the server is ready, or another keeper is at it. Raises CannotStart."""
    log = home.open_log()
    try:
        # It lets go of us at once and reads nothing: no signal to us reaches it.
        keeper = subprocess.run(
            [sys.executable, "-m", "consents.ops.embedded.keeper", str(home.path)],
            cwd=_ROOT,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            text=True,
            check=False,
        )
    finally:
        os.close(log)
    if keeper.stdout:
        raise CannotStart(keeper.stdout)


def _forget_seats() -> None:
    # A child's copy of the seat would keep the parent counted after its end; closing a copy gives up nothing.
    global _lock
    _lock = threading.Lock()
    while _seats:
        os.close(_seats.popitem()[1])


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_seats)
