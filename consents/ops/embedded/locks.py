"""Locks tell who uses the server and who keeps it. They die with their process: there is no list to clean up."""

import os
import sys
from contextlib import suppress

from consents.ops.embedded.home import Home

if sys.platform != "win32":
    import fcntl

USERS = "users"  # shared by all that use the server; held alone by whoever stops it
KEEPER = "keeper"  # held by the one process that starts the server, keeps it running, and stops it


def take_seat(home: Home) -> int:
    """Count this process among the users until the descriptor is closed. Waits while the server is being stopped."""
    handle = home.open_file(USERS)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def try_exclusive_lock(handle: int) -> bool:
    """Try to hold the file alone. A seat may be lost by it, so only one who is leaving asks."""
    return _try_lock(handle, fcntl.LOCK_EX)


def try_shared_lock(handle: int) -> bool:
    return _try_lock(handle, fcntl.LOCK_SH)


def has_keeper(home: Home) -> bool:
    with os.fdopen(home.open_file(KEEPER)) as file:
        return not try_shared_lock(file.fileno())


def release_lock(handle: int) -> None:
    fcntl.flock(handle, fcntl.LOCK_UN)


def _try_lock(handle: int, kind: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
        return True
    return False
