"""The log of looks is narrowed, charted and taken away as a table; every line says who, what for and which case."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consents.access.models import AccessRequest, Grant
from consents.core.grouped_ids import escape_cell
from consents.disclosures import selectors
from consents.disclosures.customers.look_table import find_days, find_midnight, list_months, list_months_until
from consents.disclosures.services import disclose_records
from consents.exports.rules import HistoryReason
from consents.exports.services.delivering import record_history_opening
from consents.ledger.rules import Actor
from consents.people.services import customer_records
from tests.bench.counting import queries_of
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, signed_in
from tests.world.documents import spell_out_all, words_of
from tests.world.exemptions import build_delay, decide, file_order, open_emergency
from tests.world.scene_fixtures import scene

TODAY = date(2026, 11, 27)


@scene
def looked(world):
    """Sam looks twice for one case, Kim once for another."""
    by_sam = answer(world, ask(world, "orders", case_number="CASE-7"))
    by_kim = answer(world, ask(world, "contact", member=world.kim, case_number="=1+1"))
    for request, code, member in ((by_sam, "orders", "sam"), (by_sam, "orders", "sam"), (by_kim, "contact", "kim")):
        look_as(world, request, code, getattr(world, member))
    return world


def look_as(world, request, code, member) -> None:
    sam, world.sam = world.sam, member
    look(world, request, code)
    world.sam = sam


def page(world, **query) -> str:
    return " ".join(signed_in(world.ada.user).get(reverse("disclosures:activity"), query).content.decode().split())


def test_a_line_says_what_for_which_case_and_whose_number(looked):
    text = page(looked)

    assert "Answer your questions" in text and "Case CASE-7" in text and "Staff number S-1" in text


def test_it_finds_words_of_the_reason_and_the_person(looked):
    assert "1 person looked 2 times." in page(looked, words="case-7")
    assert "1 person looked once." in page(looked, person=str(looked.kim.pk))
    assert "Nothing matches this filter." in page(looked, words="nobody of that name")


def test_days_are_whole_and_include_both(looked):
    today = timezone.localdate()
    assert "looked 3 times in the time you chose." in page(looked, start=today, end=today)
    assert "No look is listed for the time you chose." in page(looked, end=today - timedelta(days=1))
    assert "looked 3 times in the time you chose." in page(looked, days=f"{today:%Y-%m}")


@pytest.mark.parametrize("query", [{"start": "x"}, {"end": "9999-12-31"}, {"person": "'"}, {"days": "2026-13"}])
def test_odd_filters_show_a_page(looked, query):
    assert "Who looked at your data" in page(looked, **query)


def test_an_end_before_the_start_gets_a_sentence(looked):
    assert "“Until” cannot be before “From”." in page(looked, start="2026-02-02", end="2026-02-01")


def test_the_chart_comes_with_its_table(looked):
    text = page(looked)

    assert "3 looks in these 12 months" in text and text.count('scope="row"') == 12


def test_some_days_of_the_year_get_no_chart_of_the_year(looked):
    assert "in these 12 months" not in page(looked, days="7") + page(looked, end=timezone.localdate())
    assert "1 look in these 12 months" in page(looked, person=str(looked.kim.pk))


def test_the_table_for_a_spreadsheet_holds_what_the_filter_shows(looked):
    response = signed_in(looked.ada.user).get(reverse("disclosures:download_looks"), {"person": str(looked.kim.pk)})

    (line,) = csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig")))
    assert (line["Who looked"], line["What was opened"]) == ("Kim from Returns", "Contact details")
    assert (line["Staff number"], line["Case"]) == ("S-1", "'=1+1")


@pytest.mark.parametrize("hidden", ["", " ", "\u200b", "\u00ad\u2060", "a;\ufeff"], ids=ascii)
def test_a_cell_is_no_formula_whatever_a_spreadsheet_skips_before_it(hidden):
    assert "'" in escape_cell(f"{hidden}=1")


def test_the_document_holds_what_the_filter_shows(looked):
    response = signed_in(looked.ada.user).get(reverse("disclosures:look_document"), {"person": str(looked.kim.pk)})

    words = words_of(response.content)
    assert response["Content-Type"] == "application/pdf" and "1 person looked once." in words
    assert "Kim from Returns" in words and "=1+1" in words and "Answer your questions" in words
    assert "Sam from Billing Support" not in words and str(looked.ada.customer.pk) in words


def test_a_long_document_says_that_there_is_more(looked, monkeypatch):
    monkeypatch.setattr("consents.disclosures.customers.look_table.MOST_LOOKS", 2)

    words = words_of(signed_in(looked.ada.user).get(reverse("disclosures:look_document")).content)

    assert "Only the newest 2 looks are here." in words and "CASE-7" in words


def test_another_customer_s_document_is_empty(looked):
    assert "Sam" not in words_of(signed_in(looked.ben.user).get(reverse("disclosures:look_document")).content)


def test_another_customer_s_table_is_empty(looked):
    response = signed_in(looked.ben.user).get(reverse("disclosures:download_looks"))

    assert len(response.getvalue().decode().splitlines()) == 1


def test_the_table_speaks_the_reader_s_language_and_time_to_its_last_line(looked):
    """It is sent when the page's language and time zone have ended."""
    customer, by = looked.ada.customer.pk, looked.ada.actor
    customer_records.choose_language(customer=customer, language="de", by=by)
    customer_records.choose_time_zone(customer=customer, time_zone="Asia/Tokyo", by=by)

    heading, *lines = read_table(looked.ada)

    assert heading[0] == "Wann" and len(lines) == 3
    assert all(moment.endswith("+09:00") for moment, *_ in lines)


def test_a_long_table_costs_as_many_queries_as_a_short_one(looked):
    read_table(looked.ada)
    with CaptureQueriesContext(connection) as short:
        read_table(looked.ada)
    request = answer(looked, ask(looked, "contact"))
    for _ in range(12):
        look(looked, request, "contact")

    with CaptureQueriesContext(connection) as long:
        assert len(read_table(looked.ada)) == 1 + 3 + 12

    assert len(long) == len(short)


def test_a_table_in_parts_is_the_same(looked, monkeypatch):
    whole = read_table(looked.ada)
    monkeypatch.setattr("consents.disclosures.selectors.LOOKS_IN_A_PART", 1)

    assert read_table(looked.ada) == whole and len(whole) == 1 + 3


def read_table(customer) -> list[list[str]]:
    response = signed_in(customer.user).get(reverse("disclosures:download_looks"))
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_an_officer_s_reading_of_the_log_is_a_line(looked):
    by = Actor("staff", str(looked.otto.pk))
    record_history_opening(customer=looked.ada.customer, why=next(iter(HistoryReason)), at=None, by=by)

    assert "Officers who read this log" in page(looked) and "Otto (Compliance)" in page(looked)


def test_many_looks_cost_as_many_queries_as_few(looked):
    ada = signed_in(looked.ada.user)
    ada.get("/activity/")
    few = queries_of(ada, "/activity/")
    request = answer(looked, ask(looked, "contact"))
    for _ in range(12):
        look(looked, request, "contact")

    assert queries_of(ada, "/activity/") == few


def test_the_first_page_is_read_as_the_query_sets_do(looked, dice):
    """Also where there is more than one page, and a look in an emergency without a request."""
    by_kim = {
        "contact": AccessRequest.objects.get(staff=looked.kim.user),
        "orders": answer(looked, ask(looked, "orders", member=looked.kim)),
    }
    for _look in range(dice.randint(20, 30)):
        code = dice.choice(list(by_kim))
        look_as(looked, by_kim[code], code, looked.kim)
    emergency = Grant.objects.get(exemption=open_emergency(looked, "contact").pk)
    disclose_records(grant=emergency.pk, staff=looked.sam.pk, by=Actor("staff", str(looked.sam.pk)))

    for customer in (looked.ada.customer.pk, looked.ben.customer.pk):
        read = selectors.read_newest_looks(customer, "Asia/Kolkata")

        whole = selectors.select_looks(customer)
        assert spell_out_all(read.looks) == spell_out_all(whole[: selectors.LOOKS_ON_A_PAGE])
        assert read.counted == selectors.count_looks(whole)
        assert replace(read.around, now=None) == replace(selectors.read_look_surroundings(customer), now=None)
        with timezone.override("Asia/Kolkata"):
            assert read.months == selectors.list_months(selectors.select_months(whole, selectors.MONTHS_SHOWN))


def test_what_a_law_forbids_to_tell_is_not_on_the_first_page(looked):
    exemption = decide(looked, file_order(looked, "contact"), delay=build_delay())
    grant = Grant.objects.get(exemption=exemption.pk)
    disclose_records(grant=grant.pk, staff=looked.sam.pk, by=Actor("staff", str(looked.sam.pk)))

    read = selectors.read_newest_looks(looked.ada.customer.pk, "UTC")

    assert read.counted.listed == len(read.looks) == 3


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ({"days": "7"}, (date(2026, 11, 21), None)),
        ({"days": "2026-02"}, (date(2026, 2, 1), date(2026, 2, 28))),
        ({"days": "7", "start": date(2026, 1, 5)}, (date(2026, 1, 5), None)),
        ({}, (None, None)),
    ],
)
def test_a_period_is_counted_in_whole_days(said, days):
    assert find_days(said, TODAY) == days


def test_a_day_begins_at_the_reader_s_midnight():
    with timezone.override("Asia/Kathmandu"):
        assert find_midnight(TODAY).isoformat() == "2026-11-27T00:00:00+05:45"


def test_months_go_back_to_where_the_log_begins():
    assert list_months(date(2026, 9, 30), TODAY) == [date(2026, 11, 1), date(2026, 10, 1), date(2026, 9, 1)]
    assert [list_months_until(TODAY)[place] for place in (0, -1)] == [date(2025, 12, 1), date(2026, 11, 1)]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # its midnight does not exist
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ],
)
def test_a_day_on_which_the_clocks_change_is_whole(zone, day, hours):
    with timezone.override(zone):
        begins, ends = (find_midnight(at).astimezone(UTC) for at in (day, day + timedelta(days=1)))

    assert ends - begins == timedelta(hours=hours)
