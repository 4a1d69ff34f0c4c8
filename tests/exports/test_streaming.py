"""On record before the first byte, one snapshot, and a result only for what arrived whole."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest
from django.db import connection

from consents.exports import selectors
from consents.exports.models import Export, ExportResult
from consents.exports.rules import MayNotExport
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people import services as people
from consents.people.models import Role
from tests.cast import ask, make_staff
from tests.exports.scene import long_ago, make, play, rows_of

OPEN_COPIES = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (%' AND datname = current_database()"


def open_copies() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OPEN_COPIES)
        return cursor.fetchone()[0]


@pytest.fixture
def row_by_row(monkeypatch) -> None:
    monkeypatch.setattr(selectors, "BLOCK", 1)


def test_it_is_on_record_before_its_first_byte(real_world):
    export, _ = make(real_world)

    entry = Entry.objects.get(event="export.made")
    assert Export.objects.get() == export
    assert (entry.chain, entry.object, entry.actor) == ("company", str(export.pk), str(real_world.otto.pk))
    assert not ExportResult.objects.exists()


def test_what_arrived_is_on_record_after_its_last_byte(real_world):
    play(real_world)
    export, content = make(real_world)

    received = b"".join(content)

    result = ExportResult.objects.get(export=export)
    assert result.rows == len(rows_of(received)) == 9
    assert (result.size, result.sha256) == (len(received), hashlib.sha256(received).hexdigest())
    assert Entry.objects.get(event="export.finished").facts["sha256"] == result.sha256


def test_one_that_is_let_go_half_way_has_no_result(real_world, row_by_row):
    play(real_world)
    export, content = make(real_world)
    next(content)

    content.close()

    assert not ExportResult.objects.exists()
    assert not Entry.objects.filter(event="export.finished").exists()
    assert open_copies() == 0


def test_one_that_was_never_read_has_no_result(real_world):
    _, content = make(real_world)
    content.close()
    assert not ExportResult.objects.exists()


def test_a_database_that_fails_half_way_leaves_no_result(real_world, row_by_row, monkeypatch):
    play(real_world)
    broken = selectors.QUERIES["access_log"].replace("e.id AS event_id", "9 / (e.id - e.id) AS event_id")
    monkeypatch.setitem(selectors.QUERIES, "access_log", broken)
    _, content = make(real_world)

    with pytest.raises(Exception, match="division by zero"):
        b"".join(content)

    assert not ExportResult.objects.exists()


def test_it_shows_one_moment(real_world, row_by_row):
    play(real_world)
    _, content = make(real_world)

    with closing(content):
        first = next(content)
        ask(real_world, "orders", customer=real_world.ben)
        rest = b"".join(content)

    assert len(rows_of(first + rest)) == 9


def test_two_officers_in_turn_do_not_mix(real_world, row_by_row):
    play(real_world)
    _, one = make(real_world)
    _, other = make(real_world, long_ago())

    with closing(one), closing(other):
        starts = next(one), next(other)
        rests = b"".join(one), b"".join(other)

    assert len(rows_of(starts[0] + rests[0])) == 9
    assert rows_of(starts[1] + rests[1]) == []


def test_two_officers_at_once_do_not_mix(real_world, row_by_row):
    play(real_world)
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    together = Barrier(2, timeout=10)

    def take(officer, period) -> int:
        try:
            _, content = make(real_world, period, officer=officer, by=Actor("staff", str(officer.pk)))
            together.wait()
            return len(rows_of(b"".join(content)))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(take, [real_world.otto, olga], [None, long_ago()]))

    assert counts == [9, 0]
    results = {export.made_by_id: export.result.rows for export in Export.objects.select_related("result")}
    assert results == {real_world.otto.pk: 9, olga.pk: 0}


@pytest.mark.parametrize("role", ["sam", "pia"])
def test_it_refuses_whoever_is_no_compliance_officer(real_world, role):
    with pytest.raises(MayNotExport):
        make(real_world, officer=getattr(real_world, role))
    assert not Export.objects.exists()


def test_it_refuses_an_officer_whose_membership_ended(real_world):
    people.end_staff(member=real_world.otto, by=PORTAL)
    with pytest.raises(MayNotExport):
        make(real_world)


def test_it_refuses_a_member_of_staff_without_an_officer(real_world):
    with pytest.raises(MayNotExport):
        make(real_world, officer=None, by=Actor("staff", str(real_world.sam.pk)))


def test_its_snapshot_cannot_write(real_world):
    with selectors.snapshot() as own, pytest.raises(Exception, match="read-only"):
        own.execute("DELETE FROM people_evidence")
