"""The numbers that the company publishes about itself: of whole months, on record once, without small ones."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from consents.access.services.ending import stop_access
from consents.core import clock
from consents.disclosures.services import LookRefused, disclose_records
from consents.insights import patterns, selectors
from consents.insights.customers.pages import build_month, build_refusal_record
from consents.insights.patterns import Figure, MonthCount, MonthNotOver, Tallied
from consents.insights.selectors import PublishedMonth
from consents.insights.services.counting import publish_due_months, publish_month
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services.appending import append_entry
from tests.architecture.mutation.attempts.ledger import publishing
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.bench.counting import queries_of
from tests.world.cast import answer, ask
from tests.world.exemptions import open_emergency

REFUSED = "23001 ledger_entry_no_small_figures"


def count(**customers: int) -> MonthCount:
    """Every number twice that of its customers."""
    tallied = {Figure(name): Tallied(2 * number, number) for name, number in customers.items()}
    return MonthCount(tallied, Tallied(20, 10), timedelta(minutes=90, seconds=20))


def last_month() -> str:
    return patterns.list_past_months(clock.now())[0]


def test_it_hides_small_numbers_and_what_would_tell_them():
    shown = patterns.choose_figures(count(asked=40, allowed=30, partly=11, denied=3, looks=2, exemptions=0), 11)

    hidden = {name for name, number in shown.items() if number is None}
    assert hidden == {"denied", "partly", "looks"}
    assert (shown["asked"], shown["allowed"], shown["exemptions"]) == (80, 60, 0)


def test_it_shows_the_time_until_an_answer_only_of_enough_customers():
    assert patterns.choose_answer_minutes(count(), 10) == 90
    assert patterns.choose_answer_minutes(count(), 11) is None
    for minutes, shown in ((90, "1 hour 30 minutes"), (None, "not shown")):
        month = PublishedMonth("2026-10", 11, {}, minutes, 7, datetime(2026, 11, 1, tzinfo=UTC))
        assert build_month(month)["lines"][5].number == shown


def test_it_publishes_months_that_are_over_since_the_first_request():
    now, first = datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2025, 10, 4, tzinfo=UTC)

    assert patterns.list_due_months(now, first, {"2025-11"}) == ["2025-10", "2025-12"]
    assert patterns.list_due_months(now, None, set()) == []
    assert len(patterns.list_due_months(now, first - timedelta(days=900), set())) == 12


def test_it_counts_a_month(real_world):
    """A yes with a look and a refused try, a part, a no, and what an emergency opens after that no."""
    grant = answer(real_world, ask(real_world, "contact")).grants.get()
    answer(real_world, ask(real_world, "orders", "contact", member=real_world.kim), "part", "orders")
    answer(real_world, ask(real_world, "health", member=real_world.kim), "none")
    open_emergency(real_world, "health")
    sam = real_world.sam.pk
    disclose_records(grant=grant.pk, staff=sam, by=Actor("staff", str(sam)))
    stop_access(access_request=grant.access_request_id, customer=grant.customer_id, by=real_world.ada.actor)
    with pytest.raises(LookRefused):
        disclose_records(grant=grant.pk, staff=sam, by=Actor("staff", str(sam)))

    counted = selectors.count_month(patterns.name_month(clock.now()))

    numbers = {figure.value: tally.number for figure, tally in counted.figures.items()}
    ends = {"asked": 3, "allowed": 1, "partly": 1, "denied": 1}
    assert numbers == ends | {"looks": 1, "refused_tries": 1, "exemptions": 1, "opened_after_no": 1}
    assert {tally.customers for tally in counted.figures.values()} == {1}
    assert counted.answered.number == 3 and counted.answer_time < timedelta(minutes=1)


def test_it_publishes_a_month_once(world):
    publish_month(month=last_month(), by=PORTAL)
    publish_month(month=last_month(), by=PORTAL)

    entry = Entry.objects.get(event="figures.published")
    assert entry.object == last_month() and entry.facts["figures"]["asked"] == 0 and entry.facts["minimum"] == 11


def test_it_publishes_no_month_that_goes_on(world):
    ask(world, "contact")

    with pytest.raises(MonthNotOver):
        publish_month(month=patterns.name_month(clock.now()), by=PORTAL)
    assert publish_due_months() == 0


@pytest.mark.parametrize(
    ("facts", "month"),
    [
        ({"figures": {"asked": 10}}, ""),
        ({"figures": {"asked": -11}}, ""),
        ({"minimum": 4, "figures": {"asked": 4}}, ""),
        ({}, "2026-13"),
        ({}, "next"),
    ],
)
def test_the_database_refuses_small_numbers_and_months_that_are_not_over(real_world, facts, month):
    told = {"minimum": 11, "answer_minutes": 95, "figures": {"asked": 11, "denied": 0, "looks": None}}
    month = patterns.name_month(clock.now()) if month == "next" else month or last_month()

    with application_speaking() as application:
        assert outcome(application, publishing(last_month(), told)).startswith("allowed")
        assert outcome(application, publishing(month, told | facts)) == REFUSED


@pytest.mark.parametrize(
    "facts",
    [
        {"minimum": "11"},
        {"minimum": []},
        {"answer_minutes": "x"},
        {"answer_minutes": -1},
        {"answer_minutes": 10**30},
        {"figures": {"asked": "x"}},
        {"figures": {"asked": [11]}},
        {"figures": []},
    ],
)
def test_the_database_refuses_what_nobody_could_read(real_world, facts):
    told = {"minimum": 11, "answer_minutes": None, "figures": {"asked": 11}}

    with application_speaking() as application:
        assert outcome(application, publishing(last_month(), told | facts)) == REFUSED
        for missing in told:
            rest = {name: fact for name, fact in told.items() if name != missing}
            assert outcome(application, publishing(last_month(), rest)) == REFUSED


def test_the_database_refuses_to_publish_twice(real_world):
    publish_month(month=last_month(), by=PORTAL)

    with application_speaking() as application:
        assert (
            outcome(application, publishing(last_month(), {"minimum": 11, "answer_minutes": None, "figures": {}}))
            == REFUSED
        )


def test_the_page_tells_numbers_hidden_ones_and_promises_to_anybody(world, client):
    with transaction.atomic():
        for month, asked in zip(patterns.list_past_months(clock.now()), [1234, 40], strict=False):
            details = {"minimum": 11, "answer_minutes": 95, "figures": dict.fromkeys(Figure.values) | {"asked": asked}}
            event = {"event": "figures.published", "object_type": "month", "object": month}
            append_entry(**event, details=details, by=PORTAL)

    assert queries_of(client, "/trust/") <= 2
    page = client.get("/trust/").content.decode()
    assert "1,234" in page and "not shown" in page and "1 hour 35 minutes" in page and "Earlier months" in page
    assert "fewer than 11 customers" in page and 'id="no-penalty"' in page
    assert client.get("/.well-known/trust.json").json()["months"][0]["figures"]["asked"] == 1234


def test_the_page_says_that_nothing_is_published_yet(world, client):
    assert "Nothing has been published yet" in client.get("/trust/").content.decode()


def test_nothing_is_recorded_of_a_no_but_that_it_was_one():
    """What the trust page says of every answer: a reason, or a mark on the customer, would be new here."""
    assert build_refusal_record() == {
        "recorded_of_an_answer": [
            "answered_at",
            "answered_by",
            "caller_code",
            "capacity",
            "decision",
            "duration",
            "sealed_message",
            "shown_digest",
        ],
        "asked_of_staff": [],
        "asked_of_the_customer": ["decision"],
    }
