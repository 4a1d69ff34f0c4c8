"""Where the embedded server keeps its things: all of it in `PORTAL_VAR/postgres`, nothing above is ever changed."""

import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from consents.core.embedded.account import Account, is_root
from consents.core.embedded.errors import CannotStart
from consents.core.embedded.server import PORT

_SOCKET_PATH_LIMIT = 103  # bytes; 107 on Linux, 103 on macOS
_LOG_LIMIT = 8 * 1024 * 1024
_LOG_KEPT = 1024 * 1024


@dataclass(frozen=True)
class Folders:
    """`makes` is whether `open` makes a file that is missing."""

    home: Path
    makes: bool = True

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def unfinished(self) -> Path:
        """Where initdb works, so that an interrupted one is never taken for a database."""
        return self.home / f"data.{os.getpid()}.new"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def socket_name(self) -> str:
        return f"portal-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]}"

    def make_home(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)

    def open_to(self, account: Account) -> None:
        """Root keeps the folder itself and lets the account in, and hands over what the server writes."""
        home = self.home.stat()
        if is_root() and home.st_uid == 0:
            replace(account, uid=0).own(self.home)
            self.home.chmod(0o710)
        if self.data.exists():
            self._adopt(account)

    def _adopt(self, account: Account) -> None:
        # A copy made by root, or unpacked with a generous umask, would be refused by the server.
        if is_root() and self.data.stat().st_uid != account.uid:
            for folder, _, names in os.walk(self.data):
                for path in (folder, *(os.path.join(folder, name) for name in names)):
                    account.own(Path(path))
        self.data.chmod(0o700)

    def remove_abandoned(self) -> None:
        """What the initdb of a killed process left, or is still writing (then the next start gets the rest)."""
        for abandoned in self.home.glob("data.*.new"):
            shutil.rmtree(abandoned, ignore_errors=True)

    def make_unfinished(self, account: Account) -> None:
        self.unfinished.mkdir(mode=0o700)
        account.own(self.unfinished)

    def make_socket_dir(self, account: Account) -> Path:
        """The private folder of the socket: whoever can enter it can log in as anyone."""
        folder = self._socket_dir()
        try:
            folder.mkdir(mode=0o700)
            account.own(folder)
        except FileExistsError:
            self._check_private(folder, account)
        return folder

    def remove_socket_dir(self, folder: Path) -> None:
        """Leave nothing in the temporary folder."""
        if folder.name == self.socket_name:
            with suppress(OSError):
                folder.rmdir()

    def _socket_dir(self) -> Path:
        # libpq reads a comma as the end of one host; a socket's path must be short.
        candidates = [self.home / "run"]
        candidates += [Path(folder).resolve() / self.socket_name for folder in (tempfile.gettempdir(), "/tmp")]
        for folder in candidates:
            length = len(os.fsencode(folder / f".s.PGSQL.{PORT}"))
            if length <= _SOCKET_PATH_LIMIT and "," not in str(folder):
                return folder
        raise CannotStart(f"The path {self.home} is too long for a database socket: set PORTAL_VAR to a shorter one.")

    def is_ours(self, socket_dir: Path) -> bool:
        """Whether a server that listens there was started by the portal (the temporary folder may differ by now)."""
        return socket_dir == self.home / "run" or socket_dir.name == self.socket_name

    def _check_private(self, folder: Path, account: Account) -> None:
        status = folder.lstat()
        if is_root() and status.st_uid == 0 and stat.S_ISDIR(status.st_mode):
            account.own(folder)  # root was interrupted between making it and handing it over
            status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid or status.st_mode & 0o077:
            raise CannotStart(
                f"The database socket needs {folder} for the user {account.name} alone, but it belongs to "
                f"{Account(status.st_uid, status.st_gid).name} or is open to others: remove it and start again."
            )

    def open(self, name: str) -> int:
        """Open (make if needed) one of the portal's own files here; the descriptor is not inherited by programs.

        Raises OSError.
        """
        path = self.home / name
        try:
            return os.open(path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        except FileNotFoundError:
            if not self.makes:
                raise
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if is_root():
            # Root as a guest in an ordinary user's folder must not lock that user out.
            home = self.home.stat()
            os.fchown(handle, home.st_uid, home.st_gid)
        return handle

    def open_log(self) -> int:
        return self.open(self.log.name)

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

    def note(self, text: str) -> None:
        """Add what another program said to the log; on a full disk the caller's sentence has to do."""
        with suppress(OSError), open(self.open_log(), "ab") as log:
            log.write(text.encode())

    def log_since(self, size: int) -> str:
        with self.log.open("rb") as log:
            log.seek(size)
            return log.read().decode(errors="replace")
