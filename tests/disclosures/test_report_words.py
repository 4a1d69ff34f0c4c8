"""What is written in the report of a look: read on record, and told with who did it."""

from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import DatabaseError

from consents.core.refusals import Unknown
from consents.disclosures.models import LookReport
from consents.disclosures.reports import services
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.services.staff_members import end_staff_membership
from tests.world.cast import signed_in
from tests.world.exemptions import by_staff
from tests.world.rights_requests import decide_report, look_at_orders, report_look


@pytest.fixture
def world_reported(real_world) -> tuple[SimpleNamespace, LookReport]:
    return real_world, report_look(real_world, look_at_orders(real_world))


def test_no_officer_reads_what_was_written_off_record(real_world):
    """Neither by the page of the report nor by that of the decision, answered or decided; a look that is not committed
    shows nothing."""
    world = real_world
    filed = report_look(world, look_at_orders(world))
    services.answer_look_report(report=filed.pk, words="For a reason.", member=world.sam, by=by_staff(world.sam))
    record, otto = f"/admin/disclosures/lookreport/{filed.pk}", signed_in(world.otto.user)
    written = ("Marker", "did not expect", "For a reason.", "It was a mistake.")
    read = Entry.objects.filter(event="look_report.words_read", actor=str(world.otto.pk), object=str(filed.pk))

    for state in ("answered", "decided"):
        for page in ("change", "decide", "read"):
            shown = otto.get(f"{record}/{page}/", follow=True).text
            assert not [words for words in written if words in shown], (state, page)
        assert not read.exists()
        if state == "answered":
            decide_report(world, filed)
    shown = otto.post(f"{record}/read/").text
    assert all(words in shown for words in written) and f"{record}/decide/" not in shown
    assert read.get().customer == world.ada.customer.pk
    with patch.object(services, "append_report_entry", side_effect=DatabaseError), pytest.raises(DatabaseError):
        services.read_look_report(report=filed.pk, officer=world.otto, by=by_staff(world.otto))


def test_the_page_of_a_report_says_who_did_what(real_world):
    filed = report_look(real_world, look_at_orders(real_world))
    decide_report(real_world, filed)

    page = " ".join(
        signed_in(real_world.otto.user).get(f"/admin/disclosures/lookreport/{filed.pk}/change/").text.split()
    )
    for words in ("The customer reported a look.", "An officer decided the report of a look.", "Pia (Privacy)"):
        assert words in page
    assert "Decided by</dt><dd>Pia" in page


def test_a_reported_look_leads_to_its_report_and_nobody_answers_in_a_colleagues_place(world_reported):
    world, filed = world_reported
    assert signed_in(world.ada.user).get(f"/activity/{filed.opening_id}/report/").url == f"/reports/{filed.pk}/"

    otto = signed_in(world.otto.user)
    for send in (otto.get, otto.post):
        assert send(f"/admin/disclosures/lookreport/{filed.pk}/answer/", {"words": "They had to."}).status_code == 404
    filed.refresh_from_db()
    assert filed.answered_at is None


def test_of_a_report_that_is_not_there_nothing_is_read_or_decided(world_reported):
    world, _filed = world_reported
    nowhere, told = LookReport(pk=uuid4()), Entry.objects.count()

    for act in (
        lambda: decide_report(world, nowhere),
        lambda: services.read_look_report(report=nowhere.pk, officer=world.pia, by=by_staff(world.pia)),
        lambda: services.answer_look_report(report=nowhere.pk, words="x", member=world.sam, by=by_staff(world.sam)),
    ):
        with pytest.raises(Unknown):
            act()
    assert Entry.objects.count() == told


def test_a_report_that_waits_too_long_is_called_late(world_reported, later):
    world, filed = world_reported
    record = f"/admin/disclosures/lookreport/{filed.pk}/change/"
    state = '<span class="state state-{}">{}'
    assert state.format("wait", "Who looked has not answered yet") in signed_in(world.otto.user).get(record).text

    later(timedelta(days=15))

    assert state.format("stop", "Late") in signed_in(world.otto.user).get(record).text


def test_who_looked_and_has_left_is_not_waited_for(world_reported):
    world, filed = world_reported
    end_staff_membership(member=world.sam, by=PORTAL)
    record, otto = f"/admin/disclosures/lookreport/{filed.pk}", signed_in(world.otto.user)

    assert "Who looked has left" in otto.get(f"{record}/change/").text
    assert "None: they no longer work here" in otto.post(f"{record}/read/").text
