"""Room kept back on the disk of the embedded database, and given up when the disk is nearly full.

A file full of nothing. Given up it is empty, not gone: so every process sees it, and a database without somebody who
looks after the file (tests, commands) is never taken for one that is short of room.
"""

import logging
import os
import shutil
from pathlib import Path

SIZE = 64 * 1024 * 1024
NEARLY_FULL = 16 * 1024 * 1024  # one piece of the server's own log: with less it may not go on
PIECE = 1024 * 1024
log = logging.getLogger(__name__)


def place(var: Path) -> Path:
    return var / "postgres" / "ballast"


def is_given_up(var: Path) -> bool:
    try:
        return place(var).stat().st_size == 0
    except OSError:
        return False


class Keeper:
    """Looks after the room on the disk of one `PORTAL_VAR`; one at a time."""

    def __init__(self, var: Path) -> None:
        self.var, self.path, self.is_troubled = var, place(var), False

    def tend(self) -> None:
        """Give the room up, or keep it back again once there is plenty. Called again and again."""
        try:
            self.look()
            self.is_troubled = False
        except OSError as reason:
            if not self.is_troubled:
                log.error("No room is kept back on the disk of the database (%s).", reason.strerror)
            self.is_troubled = True

    def look(self) -> None:
        free = shutil.disk_usage(self.var).free
        is_kept = self.path.exists() and not is_given_up(self.var)
        if is_kept and free < NEARLY_FULL:
            os.truncate(self.path, 0)
            log.error("The disk of the database is nearly full: customers' answers come first, staff have to wait.")
        elif not is_kept and free > 2 * SIZE:
            self.keep_back()

    def keep_back(self) -> None:
        """All of it or, when the disk is full first, nothing."""
        unfinished = self.path.with_suffix(".unfinished")
        try:
            with unfinished.open("wb") as file:
                for _ in range(SIZE // PIECE):
                    file.write(bytes(PIECE))  # really taken, not a hole in a file
            unfinished.replace(self.path)
        finally:
            unfinished.unlink(missing_ok=True)

    def stop(self) -> None:
        """Nobody looks after it any more."""
        self.path.unlink(missing_ok=True)
