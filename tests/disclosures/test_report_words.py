"""What is written in the report of a look: read on record, and told with who did it."""

from unittest.mock import patch

import pytest
from django.db import DatabaseError

from consents.disclosures.reports import services
from consents.ledger.models import Entry
from tests.world.cast import signed_in
from tests.world.exemptions import by_staff
from tests.world.look_reports import decide_report, look_at_orders, report_look


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
