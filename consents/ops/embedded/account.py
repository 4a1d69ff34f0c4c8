"""The system user that runs PostgreSQL, which refuses to run as root.

An ordinary user runs it as itself. Root runs it as the owner of the data, at first `postgres` or else `nobody`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from consents.ops.embedded.binaries import find_program
from consents.ops.embedded.errors import ELSEWHERE, CannotStart

if sys.platform != "win32":
    import pwd

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
