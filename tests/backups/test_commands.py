"""The drill as an operator does it: commands alone, and a database that is really gone."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from tests.importing.conftest import CUSTOMERS, ROWS

OFFICERS = {"pia@example.com": "privacy_officer", "otto@example.com": "compliance_officer"}


@pytest.fixture
def portal(tmp_path: Path):
    """`portal(*words)` runs a command of a portal of its own; `.output` and `.code`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE_"))}
    environment |= {"PORTAL_VAR": str(tmp_path / "var"), "PORTAL_POSTGRES_FAST": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "portal.settings"

    def run(*words: str) -> SimpleNamespace:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        return SimpleNamespace(output=done.stdout + done.stderr, code=done.returncode)

    return run


@contextmanager
def server(var: Path) -> Iterator[None]:
    """The portal's own database server stays up inside, or each command would start and stop it; afterwards it ends."""
    staying = f"import consents.core.embedded as e; e.ensure_running({str(var)!r}); print('up', flush=True); input()"
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
        process.communicate("\n", timeout=60)


def test_yesterdays_backup_brings_nobody_back(portal, tmp_path):
    (tmp_path / "customers.csv").write_text("\n".join(ROWS) + "\n")
    (tmp_path / "map.toml").write_text(CUSTOMERS)
    backups, var = str(tmp_path / "backups"), tmp_path / "var"
    by = ["--by", "pia@example.com", "--confirmed-by", "otto@example.com"]
    with server(var):
        assert portal("migrate").code == 0
        for email, role in OFFICERS.items():
            assert portal("invite_staff", email, "--role", role, "--team", "Privacy", "--first-name", "P").code == 0
        imported = portal("import_customers", str(tmp_path / "customers.csv"), "--map", str(tmp_path / "map.toml"))
        assert imported.code == 0, imported.output
        assert portal("backup", backups).code == 0
        assert portal("erase_customer", "1", *by).code == 0

    shutil.rmtree(var / "postgres")

    with server(var):
        restored = portal("restore", backups)
        assert restored.code == 0, restored.output
        assert "Done again: customer.erased, 1 times." in restored.output
        assert re.search(r"The database is open, after \d+\.\d seconds", restored.output)
        gone = portal("erase_customer", "1", *by)
        assert gone.code == 2 and "No customer has exactly this number" in gone.output
