"""The drill as an operator does it: commands alone, and a database that is really gone."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.importing.sample import CUSTOMERS, ROWS
from tests.waiting import LONG_PAUSE, PATIENCE, wait_until
from tests.world.forking import Programs
from tests.world.migrated import copy_migrated_data

pytestmark = pytest.mark.usefixtures("interruptible")
OFFICERS = {"pia@example.com": "privacy_officer", "otto@example.com": "compliance_officer"}
BY = ["--by", "pia@example.com", "--confirmed-by", "otto@example.com"]
# A program that serves, started before the restoration and asked again and again: each line is what it would show.
SERVING = """
import time
from django.db import OperationalError, connection
from consents.people.models import Customer
from consents.ops.running import portal
portal.serve_nobody_early()
while True:
    try:
        print(f"{Customer.objects.filter(erased_at=None).count()} customers", flush=True)
    except OperationalError:
        print("nobody", flush=True)
    time.sleep(0.05)
"""
# The command, killed once everything is loaded.
KILLED = """
import os, signal
from django.core.management import call_command
from consents.ops.backups.restoring import BackupRestoration
BackupRestoration.compare_counts = lambda self: os.kill(os.getpid(), signal.SIGKILL)
call_command("restore", {backups!r}, "--accept-loss", "--beyond-the-last-head")
"""


def build_environment(folder: Path) -> dict[str, str]:
    """Of a portal of its own, with its own embedded server, whose database is called `portal`."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_"))}
    own = {"PORTAL_VAR": str(folder / "var"), "PORTAL_POSTGRES_FAST": "1"}
    return given | own | {"DJANGO_SETTINGS_MODULE": "portal.settings"}


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    forked = Programs(build_environment(tmp_path), tmp_path)
    yield forked
    forked.end()


def read_shown(output: Path) -> list[str]:
    """What a serving program has shown so far."""
    return output.read_text().splitlines()


def wait_for_more(output: Path) -> None:
    """Three looks from now on."""
    so_far = len(read_shown(output))
    wait_until(lambda: len(read_shown(output)) >= so_far + 3, "three looks", LONG_PAUSE)


@contextmanager
def server(var: Path) -> Iterator[None]:
    """The portal's own database server stays up inside, or each command would start and stop it; afterwards it ends."""
    staying = f"import consents.ops.embedded as e; e.ensure_running({str(var)!r}); print('up', flush=True); input()"
    environment = os.environ | {"PORTAL_POSTGRES_FAST": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", staying],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "up\n"
        yield
        process.communicate("\n", timeout=PATIENCE)


@pytest.fixture
def backups(programs: Programs, tmp_path: Path) -> str:
    """Those of a portal whose database is gone, in which a customer was erased after the last of them."""
    (tmp_path / "customers.csv").write_text("\n".join(ROWS) + "\n")
    (tmp_path / "map.toml").write_text(CUSTOMERS)
    copy_migrated_data(tmp_path / "var")
    invite = "invite_staff", "--team", "Privacy", "--first-name", "P", "--role"
    preparing = [
        ("make_keys",),
        *((*invite, role, email) for email, role in OFFICERS.items()),
        ("import_customers", str(tmp_path / "customers.csv"), "--map", str(tmp_path / "map.toml")),
        ("backup", str(tmp_path / "backups")),
        ("erase_customer", "1", *BY),
    ]
    with server(tmp_path / "var"):
        for words in preparing:
            prepared = programs.command(*words)
            assert prepared.code == 0, prepared.output
    shutil.rmtree(tmp_path / "var" / "postgres")
    return str(tmp_path / "backups")


def test_yesterdays_backup_brings_nobody_back(programs, backups, tmp_path):
    """A program that serves meanwhile shows nobody who was erased: neither after a restoration that was killed, nor
    during the one that finishes it."""
    whole = len(ROWS) - 1
    with server(tmp_path / "var"), programs.running(SERVING) as shown:
        wait_for_more(shown)
        refused = programs.command("restore", backups, "--accept-loss")
        assert refused.code == 1 and "customer.erased (1)" in refused.output
        assert programs.run(KILLED.format(backups=backups)).code == -signal.SIGKILL
        wait_for_more(shown)
        restored = programs.command("restore", backups, "--beyond-the-last-head")
        assert restored.code == 0, restored.output
        assert "Done again: customer.erased, 1 time." in restored.output
        assert re.search(r"The database is open, after \d+\.\d seconds", restored.output)
        wait_until(lambda: read_shown(shown)[-1] != "nobody", "somebody is shown", LONG_PAUSE)
        assert set(read_shown(shown)) == {"nobody", f"{whole - 1} customers"}

        gone = programs.command("erase_customer", "1", *BY)
        assert gone.code == 2 and "No customer has exactly this number" in gone.output
