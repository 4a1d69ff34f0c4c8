"""Faults are made with connections of the tests' own, beside the portal's."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.faults.own_portal import OwnPortal, own_portal

SIZE = "400m"


@pytest.fixture
def beside(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """A second connection as the application role: the same role may end its own connections."""
    where = connection.get_connection_params()
    wanted = {name: where[name] for name in ("host", "port", "dbname", "user", "password") if name in where}
    with psycopg.connect(**wanted, autocommit=True) as second:
        yield second


@pytest.fixture(scope="session")
def small_disk(tmp_path_factory) -> Iterator[Path | None]:
    """Nothing where none can be mounted: there the disk is as large as the machine's."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode != 0:
        yield None
        return
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="session")
def portal(small_disk: Path | None) -> Iterator[OwnPortal]:
    """One for all: to set it up and start it takes longer than most of what is tried with it. In the end its ledger is
    whole, after all that."""
    with own_portal(on=small_disk) as portal:
        yield portal
        portal.run("manage.py", "verify_ledger")


@pytest.fixture(scope="session")
def customers(portal: OwnPortal) -> Iterator[dict[str, str]]:
    """For each test to take a fresh one."""
    return portal.arrivals()
