"""Make, find, start and stop the server on a data folder. Every function expects the caller to hold the turn."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from consents.core.embedded.account import Account, account_for, with_access
from consents.core.embedded.binaries import MAJOR, binary
from consents.core.embedded.errors import ELSEWHERE, CannotStart, explain
from consents.core.embedded.folders import Folders
from consents.core.embedded.postmaster import Postmaster
from consents.core.embedded.server import PORT, SUPERUSER, Server

_STOP_SECONDS = 60
_KILL_SECONDS = 10
LONGEST_STOP = _STOP_SECONDS + _KILL_SECONDS  # seconds that whoever has the turn may take besides starting
_PAUSE = 0.02
_LEFT_OVER = "pre-existing shared memory block"
_SETTINGS = {
    "listen_addresses": "",
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


def running(folders: Folders, *, seconds: float) -> Server | None:
    """The server that is up on this data folder, once it is ready; None when there is none."""
    postmaster = Postmaster.on(folders.data)
    if postmaster is None or not postmaster.is_alive():
        return None
    if not _wait(lambda: _is_ready(folders) or _is_foreign(folders) or not postmaster.is_alive(), seconds):
        raise CannotStart(
            f"The database server in {folders.data} (process {postmaster.pid}) does not become ready: end that process "
            f"and try again; its log is {folders.log}."
        )
    ready = Postmaster.on(folders.data)
    if ready is None or not ready.is_alive():
        return None
    if _is_foreign(folders):
        raise _not_ours(folders, ready)
    return _server(folders, ready.socket_dir)


def is_alive(folders: Folders) -> bool:
    """Whether somebody still runs the server; asked often, so it waits for nothing."""
    postmaster = Postmaster.on(folders.data)
    if postmaster is None:
        return False
    postmaster.collect()
    return postmaster.is_alive()


def start(folders: Folders, *, seconds: float, fast: bool) -> Server:
    """Start the server, making its data folder the first time."""
    account = _prepared_account(folders, seconds, fast=fast)
    socket_dir = folders.make_socket_dir(account)
    command = _command(folders, socket_dir, fast=fast)
    if crashed := Postmaster.on(folders.data):
        crashed.disown()
    until = time.monotonic() + seconds
    while complaint := _launch(account, command, folders, seconds):
        # After a crash the server waits for the last process of the old one, which takes a moment to notice.
        if _LEFT_OVER not in complaint or time.monotonic() > until:
            raise explain(complaint, folder=folders.data, log=folders.log)
    return _server(folders, socket_dir)


def stop(folders: Folders) -> None:
    """Fast shutdown: open transactions are rolled back, the data is left clean. A foreign server is left alone."""
    postmaster = Postmaster.on(folders.data)
    if postmaster is not None and not _is_foreign(folders):
        _end(postmaster.pid, postmaster.is_process)
        postmaster.collect()
        folders.remove_socket_dir(postmaster.socket_dir)


def _end(pid: int, is_there: Callable[[], bool]) -> None:
    for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, _KILL_SECONDS)):
        if is_there():
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            _wait(lambda: not is_there(), seconds)


def _prepared_account(folders: Folders, seconds: float, *, fast: bool) -> Account:
    _check_version(folders)
    account = account_for(folders.data)
    folders.open_to(account)
    folders.remove_abandoned()
    if folders.data.exists():
        return with_access(account, folders.data, binary("postgres"))
    folders.make_unfinished(account)
    account = with_access(account, folders.unfinished, binary("postgres"))
    _initialise(account, folders, seconds, fast=fast)
    folders.unfinished.rename(folders.data)
    return account


def _check_version(folders: Folders) -> None:
    with suppress(FileNotFoundError):
        version = (folders.data / "PG_VERSION").read_text().strip()
        if version != str(MAJOR):
            raise explain("was initialized by PostgreSQL version", folder=folders.data, log=folders.log)


def _initialise(account: Account, folders: Folders, seconds: float, *, fast: bool) -> None:
    command = [binary("initdb"), "--pgdata", folders.unfinished, "--username", SUPERUSER, "--auth", "trust"]
    # The builtin provider and C need no locale of the system.
    command += ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    command += ["--data-checksums", "--no-instructions", *(["--no-sync"] if fast else [])]
    with account.popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end_group(process)
            raise _too_slow(folders, seconds) from None
        except BaseException:
            _end_group(process)
            raise
    if process.returncode != 0:
        folders.note(said)
        raise explain(said, folder=folders.home, log=folders.log)


def _end_group(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _command(folders: Folders, socket_dir: Path, *, fast: bool) -> list[str | Path]:
    quoted = str(socket_dir).replace('"', '""')
    settings = _SETTINGS | {"unix_socket_directories": f'"{quoted}"', "port": str(PORT)} | (_FAST if fast else {})
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [binary("postgres"), "-D", folders.data, *options]


def _launch(account: Account, command: list[str | Path], folders: Folders, seconds: float) -> str:
    """Start the program and wait until it is ready; what it complained of if it ended instead."""
    log = folders.open_log()
    size = os.fstat(log).st_size
    try:
        process = account.popen(command, stdout=log, stderr=log)
    finally:
        os.close(log)
    # It may outlive this process, and is looked after by its number: without this, Popen would complain of that.
    process.returncode = 0
    started = Postmaster(process.pid, folders.data, Path())
    try:
        if not _wait(lambda: _is_ready(folders, started.pid) or not started.exists(), seconds):
            raise _too_slow(folders, seconds)
    except BaseException:
        _end(started.pid, started.exists)
        raise
    finally:
        started.collect()
    return "" if started.exists() else folders.log_since(size) or "it said nothing"


def _is_ready(folders: Folders, pid: int | None = None) -> bool:
    postmaster = Postmaster.on(folders.data)
    return postmaster is not None and postmaster.ready and pid in (None, postmaster.pid)


def _is_foreign(folders: Folders) -> bool:
    postmaster = Postmaster.on(folders.data)
    return postmaster is not None and postmaster.told and not folders.is_ours(postmaster.socket_dir)


def _not_ours(folders: Folders, postmaster: Postmaster) -> CannotStart:
    return CannotStart(
        f"The database in {folders.data} is in use by a PostgreSQL server that the portal cannot join (process "
        f"{postmaster.pid}): stop that server, set PORTAL_VAR to another folder, or {ELSEWHERE}."
    )


def _too_slow(folders: Folders, seconds: float) -> CannotStart:
    return CannotStart(
        f"The embedded database did not start within {seconds:g} seconds: set PORTAL_POSTGRES_START_SECONDS to allow "
        f"more; its log is {folders.log}."
    )


def _server(folders: Folders, socket_dir: Path) -> Server:
    return Server(data=folders.data, socket_dir=socket_dir, port=PORT)


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True
