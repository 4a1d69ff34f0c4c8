"""On record before the first byte, one snapshot, kept whole whoever goes away, a result only for what is whole."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import connection

from consents.core.refusals import Unknown
from consents.exports import sealed_files, selectors
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats import query
from consents.exports.models import Export, ExportResult
from consents.exports.rules import Dataset, NotComplianceOfficer
from consents.exports.services import delivering
from consents.exports.services.delivering import ExportInProgress
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Role
from consents.people.services import staff_members
from tests.waiting import PATIENCE
from tests.world.cast import ask, make_staff
from tests.world.exports import deliver, long_ago, make, rows_of, taken, wanted

OPEN_COPIES = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (%' AND datname = current_database()"


def open_copies() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OPEN_COPIES)
        return cursor.fetchone()[0]


@pytest.fixture
def row_by_row(monkeypatch) -> None:
    monkeypatch.setattr(query, "BLOCK", 1)


@pytest.fixture
def broken(monkeypatch) -> None:
    """The database fails at the first row."""
    whole = DESCRIPTIONS[Dataset.ACCESS_LOG]
    first = replace(whole.columns[0], sql="9 / (e.id - e.id)")
    monkeypatch.setitem(DESCRIPTIONS, Dataset.ACCESS_LOG, replace(whole, columns=[first, *whole.columns[1:]]))


def test_it_is_on_record_before_its_first_byte(real_world):
    export = make(real_world)

    entry = Entry.objects.get(event="export.made")
    assert Export.objects.get() == export
    assert (entry.chain, entry.object, entry.actor) == ("company", str(export.pk), str(real_world.otto.pk))
    assert not ExportResult.objects.exists()


def test_what_arrived_is_on_record_after_its_last_byte(played):
    export, received = taken(played)

    result = ExportResult.objects.get(export=export)
    assert result.rows == len(rows_of(received)) == 9
    assert (result.size, result.sha256) == (len(received), hashlib.sha256(received).hexdigest())
    facts = Entry.objects.get(event="export.finished").facts
    assert (facts["sha256"], facts["manifest"]) == (result.sha256, result.manifest)


def test_taken_again_it_is_the_same_bytes_from_the_disk(played):
    export, received = taken(played)

    again = deliver(played, export)

    assert (again.whole, b"".join(again.content)) == (len(received), received)
    assert ExportResult.objects.count() == 1


def test_one_that_is_let_go_half_way_is_finished_all_the_same(played, row_by_row):
    export = make(played)
    content = deliver(played, export).content
    begun = next(content)

    content.close()

    rest = b"".join(deliver(played, export).content)
    assert ExportResult.objects.get().rows == len(rows_of(rest)) == 9
    assert rest.startswith(begun)
    assert open_copies() == 0
    assert delivering.WRITER_SLOTS._value == delivering.MAX_WRITERS


def test_one_of_the_command_line_is_not_finished_for_nobody(played, row_by_row):
    """Whoever broke it off sits before the machine, and takes it anew."""
    export = delivering.request_export(spec=wanted(), officer=None, by=PORTAL)
    content = delivering.deliver_export(export=selectors.select_exports().get(), officer=None, by=PORTAL).content
    next(content)

    content.close()

    assert not ExportResult.objects.exists() and not sealed_files.get_sealed_path(export.pk).exists()
    assert open_copies() == 0 and delivering.WRITER_SLOTS._value == delivering.MAX_WRITERS


def test_one_that_was_never_read_has_no_result_and_can_be_taken_later(played):
    export = make(played)
    content = deliver(played, export).content
    content.close()
    del content
    assert not ExportResult.objects.exists()

    assert len(rows_of(b"".join(deliver(played, export).content))) == 9


def test_a_database_that_fails_half_way_leaves_no_result_and_no_file(played, broken):
    export = make(played)

    with pytest.raises(Exception, match="division by zero"):
        b"".join(deliver(played, export).content)

    assert not ExportResult.objects.exists()
    assert sealed_files.get_writing_progress(export.pk) is None and not sealed_files.get_sealed_path(export.pk).exists()
    assert delivering.WRITER_SLOTS._value == delivering.MAX_WRITERS


def test_it_shows_one_moment(played, row_by_row):
    content = deliver(played, make(played)).content

    with closing(content):
        first = next(content)
        ask(played, "orders", customer=played.ben)
        rest = b"".join(content)

    assert len(rows_of(first + rest)) == 9


def test_while_one_writes_it_nobody_else_does(played, row_by_row):
    export = make(played)
    content = deliver(played, export).content
    next(content)

    with pytest.raises(ExportInProgress):
        deliver(played, export)

    content.close()


def test_two_officers_in_turn_do_not_mix(played, row_by_row):
    one = deliver(played, make(played)).content
    other = deliver(played, make(played, long_ago())).content

    with closing(one), closing(other):
        starts = next(one), next(other)
        rests = b"".join(one), b"".join(other)

    assert len(rows_of(starts[0] + rests[0])) == 9
    assert rows_of(starts[1] + rests[1]) == []


def test_two_officers_at_once_do_not_mix(played, transactional_db, row_by_row):
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    together = Barrier(2, timeout=PATIENCE)

    def take(officer, period) -> int:
        by = Actor("staff", str(officer.pk))
        try:
            export = delivering.request_export(spec=wanted(period=period), officer=officer, by=by)
            delivery = delivering.deliver_export(export=export, officer=officer, by=by)
            together.wait()
            return len(rows_of(b"".join(delivery.content)))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(take, [played.otto, olga], [None, long_ago()]))

    assert counts == [9, 0]
    results = {export.made_by_id: export.result.rows for export in Export.objects.select_related("result")}
    assert results == {played.otto.pk: 9, olga.pk: 0}


@pytest.mark.parametrize("role", ["sam", "pia"])
def test_it_refuses_whoever_is_no_compliance_officer(real_world, role):
    member = getattr(real_world, role)
    by = Actor("staff", str(member.pk))
    with pytest.raises(NotComplianceOfficer):
        delivering.request_export(spec=wanted(), officer=member, by=by)
    assert not Export.objects.exists()

    with pytest.raises(NotComplianceOfficer):
        delivering.deliver_export(export=make(real_world), officer=member, by=by)


def test_it_refuses_an_officer_whose_membership_ended(real_world):
    export, _content = taken(real_world)
    staff_members.end_staff_membership(member=real_world.otto, by=PORTAL)

    with pytest.raises(NotComplianceOfficer):
        make(real_world)
    with pytest.raises(NotComplianceOfficer):
        deliver(real_world, export)


def test_it_refuses_a_member_of_staff_without_an_officer(real_world):
    with pytest.raises(NotComplianceOfficer):
        delivering.request_export(spec=wanted(), officer=None, by=Actor("staff", str(real_world.sam.pk)))


def test_another_officer_does_not_take_it(real_world):
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    export, _content = taken(real_world)
    with pytest.raises(Unknown):
        delivering.deliver_export(export=export, officer=olga, by=Actor("staff", str(olga.pk)))


def test_its_snapshot_cannot_write(real_world):
    with selectors.open_snapshot() as own, pytest.raises(Exception, match="read-only"):
        own.execute("DELETE FROM people_evidence")


def test_headings_leave_at_once(played):
    with closing(deliver(played, make(played), package=True).content) as content:
        begun = [next(content), next(content)]
    assert begun[0].startswith(b"PK") and begun[1].startswith(b"event_id,")
