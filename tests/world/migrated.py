"""The files of a migrated database that nobody uses, and the static files: a portal of a test's own begins with a copy.

To make a cluster and migrate it takes ten seconds of a processor, to copy one a moment. It is made once, and anew
where anything changes that migrations do.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tests.world.template import digest_of_migrations

OURS = ("PORTAL_", "DATABASE_", "DJANGO_", "PYTEST_")
VAR = settings.PORTAL_VAR  # of the run: a test may have one of its own
# What a portal's own commands make before its first start, in one program.
MAKE = """
import django; django.setup()
from django.core.management import call_command
from consents.ops.running.portal import collect_static_files
call_command("make_keys")
call_command("migrate")
collect_static_files()
"""


def copy_migrated_data(var: Path) -> None:
    """Lay them into the folder of a portal that has no database yet."""
    copy_made(ensure_migrated_data(), var)


def copy_made(made: Path, var: Path) -> None:
    shutil.copytree(made / "postgres" / "data", var / "postgres" / "data")
    shutil.copytree(made / "static", var / "static")
    shutil.copy(made / "static.digest", var)


def ensure_migrated_data() -> Path:
    """Return the folder of their portal; make it where it is missing. Other workers wait meanwhile."""
    made = VAR / f"made-{digest_of_migrations()}"
    with (VAR / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for stale in VAR.glob("made-*"):
                shutil.rmtree(stale)
            migrate(unfinished := VAR / "made-unfinished")
            unfinished.rename(made)
    return made


def migrate(var: Path) -> None:
    """As an operator does; with the program ends the server, which nobody else uses."""
    var.mkdir(mode=0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    own = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": str(var), "PORTAL_POSTGRES_FAST": "1"}
    subprocess.run(
        [sys.executable, "-c", MAKE],
        cwd=settings.BASE_DIR,
        env=given | own,
        check=True,
        capture_output=True,
        timeout=300,
    )
