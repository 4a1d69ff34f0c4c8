"""This process's place among the users of the server."""

import atexit
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from consents.core.embedded import cluster, guard, locks
from consents.core.embedded.errors import ELSEWHERE, CannotStart, explain_system
from consents.core.embedded.folders import Folders
from consents.core.embedded.server import Server

_START_SECONDS = 30.0


@dataclass(frozen=True)
class _Membership:
    folders: Folders
    seat: int
    server: Server


_memberships: dict[Path, _Membership] = {}
_guard = threading.Lock()
_hooked = False


def ensure_running(var: Path) -> Server:
    """Start or join the server in `var/postgres`, and count this process among its users until it ends.

    Safe for any number of processes at once; a second call returns the same server. A forked child is not counted
    until it calls this itself. Raises CannotStart.
    """
    if os.name == "nt":
        raise CannotStart(f"The embedded database does not run on Windows: {ELSEWHERE}.")
    seconds = _start_seconds()
    var = Path(var).resolve()
    with _guard:
        known = _memberships.get(var)
    if known:
        return known.server
    _hook()
    # In a thread, where no signal is handled: whoever is told to end while joining has joined then, and leaves.
    with ThreadPoolExecutor(1, "joining") as apart:
        return apart.submit(_joined, var, seconds).result()


def _joined(var: Path, seconds: float) -> Server:
    with _guard:
        if var not in _memberships:
            _memberships[var] = _join(Folders(var / "postgres"), seconds)
        return _memberships[var].server


def keep_running(var: Path) -> bool:
    """Start the server again if it has died under its users; whether it had. Raises CannotStart when it does not."""
    seconds = _start_seconds()
    var = Path(var).resolve()
    with _guard:
        membership = _memberships.get(var)
        if membership is None or cluster.is_alive(membership.folders):
            return False
        folders = membership.folders
        try:
            with locks.turn(folders, seconds=seconds + cluster.LONGEST_STOP):
                guard.ensure(folders)
                _memberships[var] = replace(membership, server=_start_or_find(folders, seconds))
        except OSError as error:
            raise explain_system(error, folder=folders.home) from error
        return True


def release() -> None:
    """Leave now instead of at the end of the process; the last one out stops the server."""
    with _guard:
        while _memberships:
            _, membership = _memberships.popitem()
            with suppress(OSError, CannotStart):  # nothing useful can be said while leaving
                _leave(membership.folders, membership.seat)


def _join(folders: Folders, seconds: float) -> _Membership:
    try:
        folders.make_home()
        with locks.turn(folders, seconds=seconds + cluster.LONGEST_STOP):
            seat = locks.take_seat(folders)
            try:
                guard.ensure(folders)
                return _Membership(folders, seat, _start_or_find(folders, seconds))
            except BaseException:
                os.close(seat)
                raise
    except OSError as error:
        raise explain_system(error, folder=folders.home) from error


def _start_or_find(folders: Folders, seconds: float) -> Server:
    folders.trim_log()
    found = cluster.running(folders, seconds=seconds)
    return found or cluster.start(folders, seconds=seconds, fast=os.environ.get("PORTAL_POSTGRES_FAST") == "1")


def _leave(folders: Folders, seat: int) -> None:
    try:
        with locks.turn(folders, seconds=_START_SECONDS):
            if locks.is_last(seat):
                cluster.stop(folders)
    finally:
        os.close(seat)


def _hook() -> None:
    global _hooked
    atexit.unregister(_leave_for_good)
    atexit.register(_leave_for_good)  # anew for each process: multiprocessing clears what a child inherits
    if not _hooked:
        os.register_at_fork(after_in_child=_forget)
        _hooked = True


def _leave_for_good() -> None:
    """Told to end a second time, a process still leaves in order: it may be the last."""
    if threading.current_thread() is threading.main_thread():
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, signal.SIG_IGN)
    release()


def _forget() -> None:
    # A child's copy of the seat would keep the parent counted after its end; closing a copy gives up nothing.
    global _guard
    _guard = threading.Lock()
    while _memberships:
        os.close(_memberships.popitem()[1].seat)


def _start_seconds() -> float:
    told = os.environ.get("PORTAL_POSTGRES_START_SECONDS", "")
    try:
        seconds = float(told or _START_SECONDS)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise CannotStart(f"PORTAL_POSTGRES_START_SECONDS must be a number of seconds above 0, not {told!r}.")
    return seconds
