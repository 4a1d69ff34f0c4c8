"""No program of the portal runs as anybody but the application (promise 6)."""

import runpy
from unittest.mock import Mock

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.backends.signals import connection_created

from consents.core.owner import as_owner
from consents.ops.running.checks import check_database


@pytest.fixture(autouse=True)
def serves_no_longer():
    """What a serving process refuses, others of this process need."""
    yield
    connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")


OWNS = r"The portal does not start: .*portal_owner: it owns the database"


def test_the_application_starts(transactional_db, monkeypatch):
    """I4: processes refuse to start otherwise; this is the one that does not."""
    for thread in ("monitoring.alarms.start_alarms", "postgres.base.WATCH.start"):
        monkeypatch.setattr(f"consents.ops.{thread}", Mock())
    runpy.run_module("portal.wsgi")
    check_database()


def test_a_web_process_refuses_another_role(transactional_db):
    """I4"""
    with as_owner(), pytest.raises(ImproperlyConfigured, match=OWNS):
        runpy.run_module("portal.wsgi")


@pytest.mark.parametrize(
    "command", [["serve"], ["worker"], ["import_customers", "x.csv", "--map", "x.toml"]], ids=" ".join
)
def test_a_command_refuses_another_role(transactional_db, command):
    """I4"""
    with as_owner(), pytest.raises((ImproperlyConfigured, CommandError), match=OWNS):
        call_command(*command)
