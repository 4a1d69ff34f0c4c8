"""The system user that runs PostgreSQL, which refuses to run as root.

An ordinary user runs it as itself. Root runs it as the owner of the data, at first `postgres` or else `nobody`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from consents.core.embedded.errors import ELSEWHERE, CannotStart

if sys.platform != "win32":
    import pwd

_NAMES = ("postgres", "nobody")
# Only what PostgreSQL needs: the secrets in the portal's environment are not for it.
KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# Ways into a closed folder, the smaller right first; containers often withhold it and leave only the larger.
_CAPABILITIES = ("dac_read_search", "dac_override")
_PROBE = 'cd "$1" && test -w . && "$2" --version'


def is_root() -> bool:
    return os.geteuid() == 0


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int
    prefix: tuple[str, ...] = ()  # a command that becomes this user in place of subprocess

    @property
    def name(self) -> str:
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return f"number {self.uid}"

    def popen(self, command: Sequence[object], **options: Any) -> subprocess.Popen[str]:
        """Start a command as this user, in a session of its own: Ctrl-C in the terminal must not reach it."""
        if is_root() and not self.prefix:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.Popen(
            [*self.prefix, *map(str, command)],
            cwd="/",
            env={name: os.environ[name] for name in KEPT if name in os.environ} | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            umask=0o077,
            text=True,
            errors="replace",
            **options,
        )

    def own(self, path: Path) -> None:
        """Hand one file or folder to this user; only root can, and only root needs to."""
        if not is_root():
            return
        try:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        except OSError as error:
            raise CannotStart(
                f"PostgreSQL refuses to run as root, and root may not give {path} to another user here "
                f"({error.strerror}): run the portal as an ordinary user, or {ELSEWHERE}."
            ) from error


def account_for(data: Path) -> Account:
    """The user to run the server on this data folder as, whether or not the folder exists yet."""
    owner = data.stat() if data.exists() else None
    if not is_root():
        me = Account(os.geteuid(), os.getegid())
        if owner and owner.st_uid != me.uid:
            raise CannotStart(
                f"The database in {data} belongs to the user {Account(owner.st_uid, owner.st_gid).name}: run the "
                "portal as that user, or set PORTAL_VAR to a folder that you own."
            )
        return me
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in _NAMES:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise CannotStart(
        "PostgreSQL refuses to run as root, and this system has neither a user postgres nor a user nobody to run it "
        f"as: run the portal as an ordinary user, or {ELSEWHERE}."
    )


def with_access(account: Account, data: Path, program: Path) -> Account:
    """The account in the least privileged form that can enter the data folder and run the program.

    Root may keep both under a closed folder (its home, `mktemp -d`). We never open such a folder to others; on Linux
    the server gets the right to pass through it instead, and only then.
    """
    if not is_root():
        return account
    for form in (account, *_privileged(account)):
        if _can_work(form, data, program):
            return form
    raise CannotStart(_closed_to(account, data, program))


def _privileged(account: Account) -> Iterator[Account]:
    setpriv = shutil.which("setpriv")
    if sys.platform != "linux" or not setpriv:
        return
    become = [setpriv, f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", "--no-new-privs"]
    # PostgreSQL looks for its own programs with access(), which counts a capability only under this bit.
    become.append("--securebits=+no_setuid_fixup")
    for capability in _CAPABILITIES:
        yield replace(account, prefix=(*become, f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"))


def _can_work(account: Account, data: Path, program: Path) -> bool:
    probe = ["/bin/sh", "-c", _PROBE, "sh", data, program]
    try:
        with account.popen(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            return process.wait() == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _closed_to(account: Account, data: Path, program: Path) -> str:
    doing = f"PostgreSQL refuses to run as root, and the user {account.name} that runs it instead"
    for target, remedy in ((data, "set PORTAL_VAR to a folder outside it"), (program, "move the portal out of it")):
        for folder in reversed(target.parents):
            if not _may_enter(account, folder):
                return f"{doing} may not enter {folder}: {remedy}, run the portal as an ordinary user, or {ELSEWHERE}."
    return f"{doing} cannot use {data} and {program}: run the portal as an ordinary user, or {ELSEWHERE}."


def _may_enter(account: Account, folder: Path) -> bool:
    status = folder.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & (0o010 if status.st_gid == account.gid else 0o001))
