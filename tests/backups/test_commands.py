"""The drill as an operator does it: commands alone, and a database that is really gone."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from tests.importing.sample import CUSTOMERS, ROWS
from tests.waiting import PATIENCE, wait_until
from tests.world.migrated import copy_migrated_data

pytestmark = pytest.mark.usefixtures("interruptible")
OFFICERS = {"pia@example.com": "privacy_officer", "otto@example.com": "compliance_officer"}
BY = ["--by", "pia@example.com", "--confirmed-by", "otto@example.com"]
# Commands one after the other, where a program for each proves nothing.
PREPARING = """
import json, sys
import django
django.setup()
from django.core.management import call_command
for words in json.loads(sys.argv[1]):
    call_command(*words)
"""
# A program that serves, started before the restoration and asked again and again: each line is what it would show.
SERVING = """
import time
import django
django.setup()
from django.db import OperationalError, connection
from consents.people.models import Customer
from consents.ops.running import serving
serving.serve_nobody_early()
while True:
    try:
        print(f"{Customer.objects.filter(erased_at=None).count()} customers", flush=True)
    except OperationalError:
        print("nobody", flush=True)
    time.sleep(0.05)
"""
# A restoration that is killed once everything is loaded.
KILLED = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from consents.ops.backups.restoring import BackupRestoration
from consents.management.commands.restore import find_newest_backup
BackupRestoration.compare_counts = lambda self: os.kill(os.getpid(), signal.SIGKILL)
BackupRestoration(
    find_newest_backup(Path(sys.argv[1])), accept_loss=True, beyond_last_head=True, say=print
).run()
"""


def build_environment(folder: Path) -> dict[str, str]:
    """Of a portal of its own, with its own embedded server, whose database is called `portal`."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_"))}
    own = {"PORTAL_VAR": str(folder / "var"), "PORTAL_POSTGRES_FAST": "1"}
    return given | own | {"DJANGO_SETTINGS_MODULE": "portal.settings"}


def run(environment: dict[str, str], *words: str, program: tuple[str, ...] = ("manage.py",)) -> SimpleNamespace:
    """Run a command; `.output` and `.code`."""
    command = [sys.executable, *program, *words]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=300)
    return SimpleNamespace(output=done.stdout + done.stderr, code=done.returncode)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return build_environment(tmp_path)


@pytest.fixture
def portal(environment):
    """`portal(*words)` runs a command of it."""
    return partial(run, environment)


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[list[str]]:
    """What a serving program has shown so far."""
    shown: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", SERVING], cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        reader = threading.Thread(target=lambda: shown.extend(line.strip() for line in process.stdout), daemon=True)
        reader.start()
        try:
            yield shown
        finally:
            process.terminate()
            reader.join(PATIENCE)


def wait_for_more(shown: list[str]) -> None:
    """Three looks from now on."""
    so_far = len(shown)
    wait_until(lambda: len(shown) >= so_far + 3, "three looks")


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


@pytest.fixture(scope="module")
def gone(tmp_path_factory) -> Path:
    """What a portal has left whose database is gone, in which a customer was erased after the backup."""
    folder = tmp_path_factory.mktemp("gone")
    (folder / "customers.csv").write_text("\n".join(ROWS) + "\n")
    (folder / "map.toml").write_text(CUSTOMERS)
    portal = partial(run, build_environment(folder))
    copy_migrated_data(folder / "var")
    invite = "invite_staff", "--team", "Privacy", "--first-name", "P", "--role"
    preparing = [
        ("make_keys",),
        *((*invite, role, email) for email, role in OFFICERS.items()),
        ("import_customers", str(folder / "customers.csv"), "--map", str(folder / "map.toml")),
    ]
    with server(folder / "var"):
        prepared = portal(json.dumps(preparing), program=("-c", PREPARING))
        assert prepared.code == 0, prepared.output
        assert portal("backup", str(folder / "backups")).code == 0
        assert portal("erase_customer", "1", *BY).code == 0
    shutil.rmtree(folder / "var" / "postgres")
    return folder


@pytest.fixture
def backups(gone, tmp_path) -> str:
    """Its backups, in a folder of the test's own beside all else that is left."""
    shutil.copytree(gone, tmp_path, dirs_exist_ok=True)
    return str(tmp_path / "backups")


def test_yesterdays_backup_brings_nobody_back(portal, backups, tmp_path):
    with server(tmp_path / "var"):
        refused = portal("restore", backups, "--accept-loss")
        assert refused.code == 1 and "customer.erased (1)" in refused.output
        restored = portal("restore", backups, "--accept-loss", "--beyond-the-last-head")
        assert restored.code == 0, restored.output
        assert "Done again: customer.erased, 1 time." in restored.output
        assert re.search(r"The database is open, after \d+\.\d seconds", restored.output)
        gone = portal("erase_customer", "1", *BY)
        assert gone.code == 2 and "No customer has exactly this number" in gone.output


def test_a_program_that_serves_meanwhile_shows_nobody_who_was_erased(portal, backups, environment, tmp_path):
    """Neither after a restoration that was killed, nor during the one that finishes it."""
    whole = len(ROWS) - 1
    with server(tmp_path / "var"), serving(environment) as shown:
        wait_for_more(shown)
        killed = subprocess.run([sys.executable, "-c", KILLED, backups], cwd=settings.BASE_DIR, env=environment)
        assert killed.returncode == -signal.SIGKILL
        wait_for_more(shown)
        restored = portal("restore", backups, "--beyond-the-last-head")

        assert restored.code == 0, restored.output
        wait_until(lambda: shown[-1] != "nobody", "somebody is shown")
        assert set(shown) == {"nobody", f"{whole - 1} customers"}
