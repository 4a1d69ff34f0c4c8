"""The folder of the embedded server, its address, and its main process."""

import hashlib
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from psycopg.conninfo import make_conninfo

SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's file name: the server listens on no network address
SOCKET_PATH_LIMIT = 103  # bytes; 107 on Linux, 103 on macOS
NO_PROCESS = 2**22 + 1  # above the highest number that Linux or macOS gives


@dataclass(frozen=True)
class Server:
    """A server's data, and the folder of its socket, which libpq and Django take as the host."""

    data: Path
    socket_dir: Path
    port: int = PORT

    @classmethod
    def of(cls, home: Path) -> "Server":
        """Describe a home's server. Its socket is in /tmp where the path of the home is too long or has a comma."""
        folder = home / "run"
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > SOCKET_PATH_LIMIT or "," in str(folder):
            folder = Path("/tmp").resolve() / f"portal-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"
        return cls(home / "data", folder)

    def dsn(self, user: str, dbname: str) -> str:
        """Return the connection string for libpq and psycopg."""
        return make_conninfo(host=str(self.socket_dir), port=self.port, user=user, dbname=dbname)


@dataclass(frozen=True)
class Postmaster:
    """The server's main process, as `postmaster.pid` describes it; the process may be long dead."""

    pid: int
    started_at: float
    socket_dir: Path
    is_ready: bool

    @classmethod
    def find(cls, data: Path) -> "Postmaster | None":
        with suppress(FileNotFoundError, NotADirectoryError, IndexError, ValueError):
            lines = [*(data / "postmaster.pid").read_text().splitlines(), *[""] * 8]
            return cls(int(lines[0]), float(lines[2]), Path(lines[4]), lines[7].strip() == "ready")
        return None

    def is_process(self) -> bool:
        """Tell whether the number still belongs to the server and not to a later process, or to a zombie."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            is_server: bool = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
            return is_server and abs(process.create_time() - self.started_at) < 60
        return False

    def is_alive(self) -> bool:
        """Tell whether the server is there, even in another container, whose processes cannot be seen from here."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(self.socket_dir / f".s.PGSQL.{PORT}"))
            return True
        return self.is_process()

    def disown(self, data: Path) -> None:
        """Forget the number after a crash: it may be another process's by now, and the server would not start.

        By the rest of the file PostgreSQL finds out whether any process of the old server is left.
        """
        file = data / "postmaster.pid"
        _pid, *rest = file.read_text().splitlines(keepends=True)
        file.write_text("".join([f"{NO_PROCESS}\n", *rest]))
        (self.socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
