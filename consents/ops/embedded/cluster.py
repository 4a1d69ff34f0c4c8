"""Make, find, start and stop the server of a home. Its keeper starts it; the keeper or the last user stops it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from consents.ops.embedded.account import Account, add_access, find_account
from consents.ops.embedded.binaries import find_program
from consents.ops.embedded.errors import ELSEWHERE, CannotStart, explain_failure
from consents.ops.embedded.home import Home
from consents.ops.embedded.postmaster import Postmaster
from consents.ops.embedded.server import PORT, SUPERUSER, Server
from consents.ops.embedded.sizes import choose_max_wal_size, choose_shared_buffers

_STOP_SECONDS = 60
_KILL_SECONDS = 10
LONGEST_STOP = _STOP_SECONDS + _KILL_SECONDS
_PAUSE = 0.02
_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    # The portal takes ten for each core; tests and people who look in take some too.
    "max_connections": str(max(200, 20 * (os.cpu_count() or 1))),
    "timezone": "UTC",
    # No personal value in the log: no row, no parameter, no statement.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_timezone": "UTC",
}
# For tests alone: a crash of the machine may destroy the database.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def find_server(home: Home) -> Server | None:
    """Return the running server, or None until there is one that is ready. Raises CannotStart for a foreign one."""
    postmaster = Postmaster.find(home.data)
    if postmaster is None or not postmaster.is_alive():
        return None
    if _is_foreign(postmaster, home):
        raise CannotStart(
            f"The database in {home.data} is in use by a PostgreSQL server that the portal cannot join (process "
            f"{postmaster.pid}): stop that server, set PORTAL_VAR to another folder, or {ELSEWHERE}."
        )
    return Server(home.data, home.socket_dir) if postmaster.is_ready else None


def is_alive(home: Home) -> bool:
    postmaster = Postmaster.find(home.data)
    return postmaster is not None and postmaster.is_alive()


def start_server(home: Home, seconds: float) -> None:
    """Start the server and wait until it is ready, making its data first where there is none. Raises CannotStart."""
    account = find_account(home.data)
    home.open_to(account)
    home.trim_log()
    for abandoned in home.path.glob("data.*.new"):
        shutil.rmtree(abandoned, ignore_errors=True)
    if not home.data.exists():
        _make_data(account, home, seconds)
    account = add_access(account, home.data, find_program("postgres"))
    home.make_socket_dir(account)
    if crashed := Postmaster.find(home.data):
        crashed.disown()
    until = time.monotonic() + seconds
    while complaint := _launch_server(account, home, seconds):
        # After a crash the server waits for the last process of the old one, which takes a moment to notice.
        if "pre-existing shared memory block" not in complaint or time.monotonic() > until:
            raise explain_failure(complaint, home.path)


def stop_server(home: Home) -> None:
    """Shut down fast: open transactions are rolled back, the data is left clean. A foreign server is left alone."""
    postmaster = Postmaster.find(home.data)
    if postmaster is not None and not _is_foreign(postmaster, home):
        _end_process(postmaster.pid, postmaster.is_process)
        home.remove_socket_dir()


def _is_foreign(postmaster: Postmaster, home: Home) -> bool:
    return postmaster.is_complete and postmaster.socket_dir != home.socket_dir


def _is_fast() -> bool:
    return os.environ.get("PORTAL_POSTGRES_FAST") == "1"


def _make_data(account: Account, home: Home, seconds: float) -> None:
    home.unfinished.mkdir(mode=0o700)
    account.take_over(home.unfinished)
    account = add_access(account, home.unfinished, find_program("postgres"))
    command = [find_program("initdb"), "--pgdata", home.unfinished, "--username", SUPERUSER, "--auth", "trust"]
    # The builtin provider and C need no locale of the system.
    command += ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    command += ["--data-checksums", "--no-instructions", *(["--no-sync"] if _is_fast() else [])]
    with account.start_program(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise _too_slow(home, seconds) from None
    if process.returncode != 0:
        raise explain_failure(output, home.path)
    home.unfinished.rename(home.data)


def _launch_server(account: Account, home: Home, seconds: float) -> str:
    """Start the program and wait until it is ready; return what it complained of if it ended instead."""
    quoted = str(home.socket_dir).replace('"', '""')
    chosen = {"shared_buffers": choose_shared_buffers(), "max_wal_size": choose_max_wal_size(home.path)}
    settings = _SETTINGS | {"unix_socket_directories": f'"{quoted}"'} | (_FAST if _is_fast() else chosen)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = home.open_log()
    size = os.fstat(log).st_size
    try:
        process = account.start_program([find_program("postgres"), "-D", home.data, *options], stdout=log, stderr=log)
    finally:
        os.close(log)

    def is_ready() -> bool:
        postmaster = Postmaster.find(home.data)
        return postmaster is not None and postmaster.pid == process.pid and postmaster.is_ready

    if not _wait_for_condition(lambda: is_ready() or process.poll() is not None, seconds):
        _end_process(process.pid, lambda: process.poll() is None)
        raise _too_slow(home, seconds)
    if process.poll() is not None:
        return home.read_log_since(size) or "it said nothing"
    # It may outlive this process, and is looked after by its number: without this, Popen would complain of that.
    process.returncode = 0
    return ""


def _end_process(pid: int, is_there: Callable[[], bool]) -> None:
    for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, _KILL_SECONDS)):
        if is_there():
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            _wait_for_condition(lambda: not is_there(), seconds)


def _too_slow(home: Home, seconds: float) -> CannotStart:
    return CannotStart(
        f"The embedded database did not start within {seconds:g} seconds: set PORTAL_POSTGRES_START_SECONDS to allow "
        f"more; its log is {home.log}."
    )


def _wait_for_condition(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True
