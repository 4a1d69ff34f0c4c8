"""The portal starts neither with what would let it become another role, nor on a server that lets anybody in."""

import runpy
from unittest.mock import Mock

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db.backends.signals import connection_created

from consents.ops.running import checks
from consents.ops.running.portal import OTHERS_SECRETS, build_environment


@pytest.fixture(autouse=True)
def serves_no_longer():
    """What a serving process refuses, others of this process need."""
    yield
    connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")


def start_web() -> None:
    runpy.run_module("portal.wsgi")


STARTS = {"web": start_web, "serve": lambda: call_command("serve"), "worker": lambda: call_command("worker", "--once")}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", ["DATABASE_OWNER_URL", "DATABASE_BACKUP_URL", "PORTAL_SUPERUSER_URL"])
def test_another_roles_address_is_refused_and_not_repeated(transactional_db, monkeypatch, start, name):
    monkeypatch.setenv(name, "postgres://portal_owner:hidden@db/portal")

    with pytest.raises(ImproperlyConfigured, match=name) as refused:
        STARTS[start]()

    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("start", STARTS)
def test_production_refuses_the_embedded_server(transactional_db, monkeypatch, start):
    monkeypatch.setattr(portal, "EMBEDDED", True)
    monkeypatch.setattr(portal, "PORTAL_MODE", "production")
    # Nobody is told to migrate it first.
    asked = Mock(side_effect=ImproperlyConfigured("Run `manage.py migrate` first."))
    monkeypatch.setattr(checks, "check_database_role", asked)
    monkeypatch.setattr("consents.ops.startup.check_database_role", asked)

    with pytest.raises(ImproperlyConfigured, match=r"lets every program.*Set DATABASE_URL"):
        STARTS[start]()


def test_no_child_is_given_them(monkeypatch):
    for name in OTHERS_SECRETS:
        monkeypatch.setenv(name, "hidden")

    assert "hidden" not in build_environment().values()
