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

from consents.ops.embedded.errors import ELSEWHERE, CannotStart

if sys.platform != "win32":
    import pwd

# Only what PostgreSQL needs: the secrets in the portal's environment are not for it.
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
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
        with suppress(KeyError):
            return pwd.getpwuid(self.uid).pw_name
        return f"number {self.uid}"

    def start_program(self, command: Sequence[object], **options: Any) -> subprocess.Popen[str]:
        """Start a command as this user, in a session of its own: Ctrl-C in the terminal must not reach it."""
        if is_root() and not self.prefix:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.Popen(
            [*self.prefix, *map(str, command)],
            cwd="/",
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            umask=0o077,
            text=True,
            errors="replace",
            **options,
        )

    def take_over(self, path: Path) -> None:
        """Give one file or folder to this user; only root can, and only root needs to."""
        if is_root():
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def find_account(data: Path) -> Account:
    """Return the user to run the server as on this data folder, which need not exist yet. Raises CannotStart."""
    owner = data.stat() if data.exists() else None
    if not is_root():
        if owner and owner.st_uid != os.geteuid():
            raise CannotStart(
                f"The database in {data} belongs to the user {Account(owner.st_uid, owner.st_gid).name}: run the "
                "portal as that user, or set PORTAL_VAR to a folder that you own."
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


def add_access(account: Account, folder: Path, program: Path) -> Account:
    """Return the account in the least privileged form that can enter the folder and run the program.

    Root may keep both under a closed folder (its home, `mktemp -d`). We never open such a folder to others; on Linux
    the server gets the right to pass through it instead, and only then. Raises CannotStart.
    """
    if not is_root():
        return account
    for form in (account, *_list_privileged_forms(account)):
        with suppress(OSError, subprocess.SubprocessError):
            probe = ["/bin/sh", "-c", _PROBE, "sh", folder, program]
            if form.start_program(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait() == 0:
                return form
    raise CannotStart(
        f"PostgreSQL refuses to run as root, and the user {account.name} that runs it instead cannot enter {folder} or "
        f"run {program}: set PORTAL_VAR to a folder that it may enter, run the portal as an ordinary user, or "
        f"{ELSEWHERE}."
    )


def _list_privileged_forms(account: Account) -> Iterator[Account]:
    setpriv = shutil.which("setpriv")
    if sys.platform != "linux" or not setpriv:
        return
    become = [setpriv, f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", "--no-new-privs"]
    # PostgreSQL looks for its own programs with access(), which counts a capability only under this bit.
    become.append("--securebits=+no_setuid_fixup")
    for capability in _CAPABILITIES:
        yield replace(account, prefix=(*become, f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"))
