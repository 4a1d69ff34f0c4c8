"""The files of a migrated database that nobody uses: a portal of a test's own begins with a copy of them.

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


def copy_migrated_data(var: Path) -> None:
    """Lay them into the folder of a portal that has no database yet."""
    shutil.copytree(ensure_migrated_data(), var / "postgres" / "data")


def ensure_migrated_data() -> Path:
    """Return where they are; make them where they are missing. Other workers wait meanwhile."""
    made = VAR / f"migrated-{digest_of_migrations()}"
    with (VAR / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for stale in VAR.glob("migrated-*"):
                shutil.rmtree(stale)
            migrate(unfinished := VAR / "migrated-unfinished")
            unfinished.rename(made)
    return made / "postgres" / "data"


def migrate(var: Path) -> None:
    """As an operator does; with the command ends the server, which nobody else uses."""
    var.mkdir(mode=0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    own = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": str(var), "PORTAL_POSTGRES_FAST": "1"}
    for command in ("make_keys", "migrate"):
        subprocess.run(
            [sys.executable, "manage.py", command],
            cwd=settings.BASE_DIR,
            env=given | own,
            check=True,
            capture_output=True,
            timeout=300,
        )
