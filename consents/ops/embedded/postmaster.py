"""The server's main process, as its file `postmaster.pid` tells; the process may be long dead."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from consents.ops.embedded.server import PORT

_NO_PROCESS = 2**22 + 1  # above the highest number that Linux or macOS gives


@dataclass(frozen=True)
class Postmaster:
    pid: int
    data: Path
    socket_dir: Path
    is_complete: bool  # one that is just starting has not written yet where it listens
    is_ready: bool

    @classmethod
    def find(cls, data: Path) -> Self | None:
        with suppress(FileNotFoundError, NotADirectoryError, IndexError, ValueError):
            lines = (data / "postmaster.pid").read_text().splitlines()
            is_complete = len(lines) >= 8
            lines += [""] * 8
            return cls(int(lines[0]), data, Path(lines[4]), is_complete, lines[7].strip() == "ready")
        return None

    @property
    def file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def socket(self) -> Path:
        return self.socket_dir / f".s.PGSQL.{PORT}"

    def is_process(self) -> bool:
        """Tell whether the number still belongs to the server and not to some later process, or to a zombie."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            # Not by its working folder: in a container even root may not see that of another user's process.
            is_server = process.name() == "postgres" and str(self.data) in process.cmdline()
            return is_server and process.status() != psutil.STATUS_ZOMBIE
        return False

    def is_alive(self) -> bool:
        """Tell whether the server is there, even in another container, whose processes cannot be seen from here."""
        if self.is_process():
            return True
        with suppress(OSError), socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(self.socket))
            return True
        return False

    def disown(self) -> None:
        """Forget the number after a crash: it may be another process's by now, and the server would not start for it.

        The rest of the file stays: by it the server finds out whether any process of the old one is left.
        """
        handle = os.open(self.file, os.O_RDWR | os.O_NOFOLLOW)
        with os.fdopen(handle, "r+") as file:
            _number, *rest = file.readlines()
            file.seek(0)
            file.writelines([f"{_NO_PROCESS}\n", *rest])
            file.truncate()
        self.socket.with_name(f"{self.socket.name}.lock").unlink(missing_ok=True)
