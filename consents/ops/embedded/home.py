"""The folder of the embedded server, `PORTAL_VAR/postgres`; nothing above it is ever changed."""

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from consents.ops.embedded.account import Account, is_root
from consents.ops.embedded.errors import CannotStart
from consents.ops.embedded.server import PORT

_SOCKET_PATH_LIMIT = 103  # bytes; 107 on Linux, 103 on macOS
_LOG_LIMIT = 8 * 1024 * 1024
_LOG_KEPT = 1024 * 1024


@dataclass(frozen=True)
class Home:
    path: Path

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def unfinished(self) -> Path:
        """Return where initdb works, so that an interrupted one is never taken for a database."""
        return self.path / f"data.{os.getpid()}.new"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def socket_dir(self) -> Path:
        """Return a folder in the home, or in /tmp where that path is too long for a socket or has a comma."""
        folder = self.path / "run"
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > _SOCKET_PATH_LIMIT or "," in str(folder):
            folder = Path("/tmp").resolve() / f"portal-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]}"
        return folder

    def open_to(self, account: Account) -> None:
        """Let the account in and hand over the data, which may be a copy; root keeps the home itself."""
        if is_root() and self.path.stat().st_uid == 0:
            os.chown(self.path, 0, account.gid)
            self.path.chmod(0o710)
        if not self.data.exists():
            return
        if self.data.stat().st_uid != account.uid:
            for folder, _folders, names in self.data.walk():
                for path in (folder, *(folder / name for name in names)):
                    account.take_over(path)
        self.data.chmod(0o700)

    def make_socket_dir(self, account: Account) -> None:
        """Make the private folder of the socket: whoever can enter it can log in as anyone. Raises CannotStart."""
        folder = self.socket_dir
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
        if status.st_uid == os.geteuid() and stat.S_ISDIR(status.st_mode):
            account.take_over(folder)
            status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid or status.st_mode & 0o077:
            raise CannotStart(
                f"The database socket needs {folder} for the user {account.name} alone, but it belongs to "
                f"{Account(status.st_uid, status.st_gid).name} or is open to others: remove it and start again."
            )

    def remove_socket_dir(self) -> None:
        """Leave nothing in /tmp."""
        if self.socket_dir.parent != self.path:
            with suppress(OSError):
                self.socket_dir.rmdir()

    def open_file(self, name: str) -> int:
        """Open one of our own files here, made if missing; programs do not inherit the descriptor. Raises OSError."""
        handle = os.open(self.path / name, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if is_root():  # as a guest in an ordinary user's folder it must not lock that user out
            home = self.path.stat()
            os.fchown(handle, home.st_uid, home.st_gid)
        return handle

    def open_log(self) -> int:
        return self.open_file(self.log.name)

    def trim_log(self) -> None:
        """Cut a log that has grown large back to its newest part; a running server goes on at its new end."""
        handle = self.open_log()
        try:
            size = os.fstat(handle).st_size
            if size > _LOG_LIMIT:
                newest = os.pread(handle, _LOG_KEPT, size - _LOG_KEPT)
                os.ftruncate(handle, 0)
                os.write(handle, newest)
        finally:
            os.close(handle)

    def read_log_since(self, size: int) -> str:
        with self.log.open("rb") as log:
            log.seek(size)
            return log.read().decode(errors="replace")
