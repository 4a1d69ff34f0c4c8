"""Stops the server when its last user has gone without doing so, however it went: `kill -9` runs no code of ours.

One process for each server, started by whoever joins and finds none: `python -m consents.core.embedded HOME`. It uses
nothing but the locks, so it needs no news from anybody, and ends after the last user.
"""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from consents.core.embedded import cluster, locks
from consents.core.embedded.account import KEPT
from consents.core.embedded.errors import CannotStart
from consents.core.embedded.folders import Folders

_PAUSE_SECONDS = 1.0
_EMPTY_LOOKS = 2  # in a row: a server that a killed user had just started shows itself a moment later
_ROOT = Path(__file__).parents[3]
_PYTHON = ("PYTHONPATH", "PYTHONHOME")


def ensure(folders: Folders) -> None:
    """Start the guard unless there is one. Expects the caller to hold the turn and a seat.

    Where none starts, the log says why, and the server is stopped by the last user alone.
    """
    if (place := locks.take_guard(folders)) is None:
        return
    os.close(place)
    log = folders.open_log()
    try:
        # It lets go of us at once, so that it is nobody's child, and no Ctrl-C reaches it.
        subprocess.run(
            [sys.executable, "-m", __package__, str(folders.home)],
            cwd=_ROOT,
            # The secrets in the portal's environment are not for it.
            env={name: os.environ[name] for name in KEPT + _PYTHON if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=False,
        )
    except OSError as error:
        folders.note(f"No guard of the database could be started: {error}\n")
    finally:
        os.close(log)


def guard(home: Path) -> None:
    """Let go of the starter, wait for the last user's end, and stop the server.

    Whoever removes the folder is not to find a new file in it; the server ends with its folder, and so does this.
    """
    folders = Folders(home, makes=False)
    with suppress(FileNotFoundError):
        if (place := locks.take_guard(folders)) is not None and os.fork() == 0:
            _stop_after_the_last(folders, place)


def _stop_after_the_last(folders: Folders, place: int) -> None:
    looks = 0
    while looks < _EMPTY_LOOKS:
        time.sleep(_PAUSE_SECONDS)
        with suppress(CannotStart), locks.turn(folders, seconds=0):  # somebody else's turn: look again later
            looks = looks + 1 if locks.nobody_left(folders) else 0
            if looks:
                cluster.stop(folders)
            if looks == _EMPTY_LOOKS:
                os.close(place)  # before the next may join, who finds it free then
