"""A download that fails before its first byte is answered like any page."""

import re

import psycopg

from consents.exports import selectors
from consents.exports.models import ExportResult
from tests.world import exports
from tests.world.cast import signed_in


def test_what_fails_before_its_first_byte_is_answered_like_any_page(world, monkeypatch):
    export, client = exports.make(world), signed_in(world.otto.user)
    link = re.search(
        r'/admin/exports/export/[^"]+/file/[^"]+', client.get(f"/admin/exports/export/{export.pk}/change/").text
    )
    client.raise_request_exception = False
    monkeypatch.setattr(selectors, "read_ledger_state", lose_connection)

    answer = client.get(link[0])

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert not ExportResult.objects.exists()


def lose_connection(connection):
    raise psycopg.OperationalError("server closed the connection unexpectedly")
