"""Who is using the server, kept by the kernel: a lock dies with its process, so there is no list to clean up."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from consents.core.embedded.errors import CannotStart
from consents.core.embedded.folders import Folders

if sys.platform != "win32":
    import fcntl

_TURN = "lock"  # held by the one process that is starting, joining, leaving or stopping
_SEATS = "users"  # shared by all that use the server
_GUARD = "guard"  # held by the one process that waits for the last user's end
_PAUSE = 0.02


@contextmanager
def turn(folders: Folders, *, seconds: float) -> Iterator[None]:
    """One process at a time."""
    handle = folders.open(_TURN)
    try:
        _wait_for_turn(handle, folders, time.monotonic() + seconds)
        yield
    finally:
        os.close(handle)


def _wait_for_turn(handle: int, folders: Folders, until: float) -> None:
    while not _try(handle, fcntl.LOCK_EX):
        if time.monotonic() > until:
            raise CannotStart(
                f"Another process has been starting or stopping the database in {folders.home} for too long: end that "
                "process and try again."
            )
        time.sleep(_PAUSE)


def take_seat(folders: Folders) -> int:
    """Count this process among the users until the descriptor is closed, at the latest by the process's end."""
    handle = folders.open(_SEATS)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def is_last(seat: int) -> bool:
    """Whether nobody else has a seat. Whoever asks is leaving: the seat may be lost."""
    return _try(seat, fcntl.LOCK_EX)


def nobody_left(folders: Folders) -> bool:
    handle = folders.open(_SEATS)
    try:
        return _try(handle, fcntl.LOCK_EX)
    finally:
        os.close(handle)


def take_guard(folders: Folders) -> int | None:
    """The place of the guard, free again when the descriptor is closed; None while another process has it."""
    handle = folders.open(_GUARD)
    if _try(handle, fcntl.LOCK_EX):
        return handle
    os.close(handle)
    return None


def _try(handle: int, kind: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
        return True
    return False
