"""Stops the server when its last user has gone without doing so, however it went: `kill -9` runs no code of ours.

One process for each server, started by whoever joins and finds none: `python -m consents.core.embedded.guard HOME`. It
uses nothing but the locks, so it needs no news from anybody, and ends with the last user.
"""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from consents.core.embedded import cluster, locks
from consents.core.embedded.errors import CannotStart
from consents.core.embedded.folders import Folders

PAUSE_SECONDS = 1.0
_ROOT = Path(__file__).parents[3]


def ensure(folders: Folders) -> None:
    """Start the guard unless there is one. Expects the caller to hold the turn and a seat."""
    if (place := locks.take_guard(folders)) is None:
        return
    os.close(place)
    log = folders.open_log()
    try:
        # It lets go of us at once, so that it is nobody's child, and no Ctrl-C reaches it.
        command = [sys.executable, "-m", __name__, str(folders.home)]
        subprocess.run(
            command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, check=False
        )
    finally:
        os.close(log)


def guard(folders: Folders) -> None:
    """Wait for the last user's end, then stop the server. Its own place is free again before the next may join."""
    if (place := locks.take_guard(folders)) is None:
        return
    if os.fork():
        return
    while True:
        time.sleep(PAUSE_SECONDS)
        with suppress(CannotStart), locks.turn(folders, seconds=0):  # somebody else's turn: look again later
            if locks.nobody_left(folders):
                cluster.stop(folders)
                os.close(place)
                return


if __name__ == "__main__":
    # Whoever removes the folder is not to find a new file in it; the server ends with its folder, and so do we.
    with suppress(FileNotFoundError):
        guard(Folders(Path(sys.argv[1]), makes=False))
