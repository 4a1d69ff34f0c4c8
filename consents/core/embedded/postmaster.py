"""The server's main process, as its file `postmaster.pid` tells."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from consents.core.embedded.server import PORT

_PROGRAM = "postgres"
_LOCK = "postmaster.pid"
_NO_PROCESS = 2**22 + 1  # above the highest number that Linux or macOS gives


@dataclass(frozen=True)
class Postmaster:
    pid: int
    data: Path
    socket_dir: Path
    told: bool = False  # whether the file is complete; one that is just starting has not said yet where it listens
    ready: bool = False

    @classmethod
    def on(cls, data: Path) -> Self | None:
        """What the file says; the process may be long dead."""
        try:
            lines = (data / _LOCK).read_text().splitlines()
            told = len(lines) >= 8  # the server writes the file in several steps
            lines += [""] * (8 - len(lines))
            return cls(int(lines[0]), data, Path(lines[4]), told, lines[7].strip() == "ready")
        except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
            return None

    @property
    def lock(self) -> Path:
        return self.data / _LOCK

    @property
    def socket(self) -> Path:
        return self.socket_dir / f".s.PGSQL.{PORT}"

    @property
    def socket_lock(self) -> Path:
        return self.socket.with_name(f"{self.socket.name}.lock")

    def exists(self) -> bool:
        """Whether a process has this number (one that ended and was not yet collected by its parent does not count)."""
        with suppress(psutil.NoSuchProcess):
            status: str = psutil.Process(self.pid).status()
            return status != "zombie"
        return False

    def is_process(self) -> bool:
        """Whether the number still belongs to the server and not to some later process."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            # Not by its working folder: in a container even root may not see that of another user's process.
            return self.exists() and process.name() == _PROGRAM and str(self.data) in process.cmdline()
        return False

    def disown(self) -> None:
        """After a crash: forget the number, which may be another process's by now, or a zombie's.

        The server would not start for it. The rest of the file stays: by it the server finds out whether any process
        of the old one is left.
        """
        with open(self.lock, "r+", opener=_follow_no_link) as lock:
            _, *rest = lock.readlines()
            lock.seek(0)
            lock.writelines([f"{_NO_PROCESS}\n", *rest])
            lock.truncate()
        self.socket_lock.unlink(missing_ok=True)

    def collect(self) -> None:
        """Leave no zombie when this process happens to be the server's parent."""
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)

    def is_alive(self) -> bool:
        """Whether the server is there, even if in another container, whose processes cannot be seen from here."""
        return self.is_process() or self._answers()

    def _answers(self) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(self.socket))
            return True
        return False


def _follow_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)
