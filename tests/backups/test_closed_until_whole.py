"""Nobody is served by a database whose restoration is unfinished."""

import asyncio
from unittest.mock import Mock

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import connection
from django.db.backends.signals import connection_created
from procrastinate.contrib.django.utils import connector_params

from consents.disclosures.services import disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.ops.monitoring.readiness import check_readiness
from consents.ops.running import portal as serving_programs
from consents.ops.running.checks import check_database
from consents.people.models import Customer, User
from tests.backups.restoring import restore
from tests.world.erasing import erase


@pytest.fixture
def serving():
    """This process serves, as one does that was started long ago."""
    yield serving_programs.serve_nobody_early
    connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")


async def take_jobs(params: dict[str, object]) -> None:
    """As the worker's pool makes its connections."""
    async with await psycopg.AsyncConnection.connect(**params) as speaking:
        await serving_programs.refuse_unfinished_in_queue(speaking)


def test_nobody_is_served_before_it_is_open_and_it_can_be_finished(
    backed_up, loaded_backup, elsewhere, monkeypatch, serving
):
    """Nor does a program that still runs serve anybody."""
    erase(backed_up, backed_up.cas)
    elsewhere()
    monkeypatch.setattr("consents.ops.backups.reopening.record_restoration", Mock(side_effect=OSError))
    with pytest.raises(CommandError):
        restore(loaded_backup, "--accept-loss")
    with pytest.raises(ImproperlyConfigured, match="being restored"):
        check_database()
    assert check_readiness()["restoration"] == "unfinished"
    monkeypatch.undo()

    serving()
    with pytest.raises(serving_programs.BeingRestored):
        User.objects.count()
    assert connection.connection is None
    with pytest.raises(serving_programs.BeingRestored):
        disclose_records(grant=1, staff=backed_up.sam.pk, by=Actor("staff", str(backed_up.sam.pk)))
    assert check_readiness() == {"restoration": "unfinished"}
    with pytest.raises(psycopg.OperationalError, match="being restored"):
        asyncio.run(take_jobs(connector_params()))

    connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")
    restore(loaded_backup)

    check_database()
    assert Customer.objects.get(pk=backed_up.cas.customer.id).erased_at
    assert Entry.objects.filter(event="customer.erased").count() == 1
    serving()
    assert User.objects.exists() and set(check_readiness().values()) <= {"ok", "late"}
    asyncio.run(take_jobs(connector_params()))
