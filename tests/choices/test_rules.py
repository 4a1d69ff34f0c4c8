"""The table of statuses, and what a stored one comes to: every pair, every rule."""

from datetime import UTC, date, datetime
from itertools import product
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from consents.choices import rules
from consents.choices.models import Choice
from consents.choices.rules import RestRule, Status, StoredChoice
from consents.choices.services import answering, withdrawing
from consents.law.clocks import AGE_OF_OWN_CONSENT, get_age_of_own_consent, is_below_age
from tests.world.cast import signed_in
from tests.world.choices import events, may

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAIRS = list(product(Status, Status))
# Kinds of actor (ledger.rules.Actor) that may make each move. A yes is the customer's alone; a no may also be put
# on record again by the portal (after a restore).
CUSTOMER = {"customer", "representative"}
MOVERS = {
    Status.REQUESTED: {"portal", "staff", "system"},
    Status.DEFERRED: CUSTOMER,
    Status.REFUSED: CUSTOMER | {"portal"},
    Status.GIVEN: CUSTOMER,
    Status.RENEWED: CUSTOMER,
    Status.WITHDRAWN: CUSTOMER | {"portal"},
    Status.REVOKED: {"portal", "staff"},
    Status.EXPIRED: {"portal"},
    Status.INVALIDATED: {"staff"},
}


def ask(sql: str, *values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}", values)
        return cursor.fetchone()[0]


def test_the_table_knows_every_status():
    assert set(rules.NEXT_STATUSES) == set(Status)
    assert set(rules.EVENTS) == set(MOVERS) == set(rules.STORED)
    assert {after for nexts in rules.NEXT_STATUSES.values() for after in nexts} == set(rules.STORED)


def test_only_a_yes_of_the_customer_allows_anything():
    assert all(MOVERS[status] == CUSTOMER for status in rules.YES)


def test_the_database_keeps_the_same_table(db, subtests):
    for before, after in PAIRS:
        with subtests.test(before=before, after=after):
            allowed = ask("portal.consent_may_follow(%s::text, %s::text)", before, after)
            assert allowed == rules.may_follow(before, after)


@pytest.mark.parametrize("status", rules.STORED, ids=lambda status: status.name)
def test_the_database_knows_the_same_events_and_movers(db, status):
    assert ask("portal.consent_event(%s::text)", status) == rules.EVENTS[status]
    assert set(ask("portal.consent_actors(%s::text)", status)) == MOVERS[status]


def test_nothing_ends_but_a_yes():
    ends = {Status.WITHDRAWN, Status.EXPIRED, Status.REVOKED, Status.INVALIDATED}
    for before, after in PAIRS:
        if after in ends:
            assert rules.may_follow(before, after) == (before in rules.YES), (before, after)


@pytest.mark.parametrize(
    ("said", "material", "is_retired", "comes_to"),
    [
        (StoredChoice(Status.GIVEN, 1), 1, False, Status.GIVEN),
        (StoredChoice(Status.RENEWED, 3), 2, False, Status.RENEWED),
        (StoredChoice(Status.GIVEN, 1), 2, False, Status.REVOKED),
        (StoredChoice(Status.GIVEN, 1), 1, True, Status.REVOKED),
        (StoredChoice(Status.GIVEN, 1, NOW), 1, False, Status.EXPIRED),
        (StoredChoice(Status.GIVEN, 1, datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC)), 1, False, Status.GIVEN),
        (StoredChoice(Status.WITHDRAWN, 1), 2, True, Status.WITHDRAWN),
    ],
    ids=["given", "renewed", "outdated", "retired", "run out", "a second left", "withdrawn stays"],
)
def test_what_a_stored_status_comes_to(said, material, is_retired, comes_to):
    assert rules.compute_status(said, material=material, is_retired=is_retired, now=NOW) == comes_to


def test_months_end_on_the_last_day_of_a_shorter_month():
    assert rules.compute_valid_until(datetime(2026, 8, 31, tzinfo=UTC), 6) == datetime(2027, 2, 28, tzinfo=UTC)
    assert rules.compute_valid_until(NOW, None) is None


@pytest.mark.parametrize(
    ("sale", "country", "region", "rule"),
    [
        (True, "US", "CA", RestRule.CALIFORNIA),
        (True, "US", "California", RestRule.CALIFORNIA),
        (True, "", "", RestRule.CALIFORNIA),
        (True, "US", "NV", RestRule.REFUSAL),
        (True, "DE", "CA", RestRule.REFUSAL),
        (False, "US", "CA", RestRule.REFUSAL),
    ],
)
def test_a_no_rests_by_the_rule_of_where_one_lives(sale, country, region, rule):
    until, by_rule = rules.compute_rest(NOW, sale=sale, country=country, region=region)
    months = {RestRule.CALIFORNIA: datetime(2027, 11, 24, 12, tzinfo=UTC)}
    assert (by_rule, until) == (rule, months.get(rule, datetime(2027, 5, 24, 12, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("header", "has"),
    [
        ("1", True),
        (" 1 ", True),
        ("0, 1", True),
        ("", False),
        ("0", False),
        ("true", False),
        ("11", False),
        ("1;x", False),
    ],
)
def test_only_an_exact_1_is_a_signal(header, has):
    assert rules.has_opt_out_signal(header) == has


@pytest.mark.parametrize("status", Status, ids=lambda status: status.name)
def test_everything_but_a_no_gives_way_to_the_signal(status):
    assert rules.is_ended_by_signal(status, despite_signal=False) == (status not in rules.NO)
    assert rules.is_ended_by_signal(status, despite_signal=True) == (status not in rules.NO | rules.YES)


def test_the_database_knows_the_same_ages(db, subtests):
    for country in [*AGE_OF_OWN_CONSENT, "DE", "NL", "", "XX", "de", "fr"]:
        with subtests.test(country=country):
            assert ask("portal.age_of_consent(%s::text)", country) == get_age_of_own_consent(country)


def test_ages_are_those_of_article_8():
    assert all(13 <= age <= 16 for age in AGE_OF_OWN_CONSENT.values())


@pytest.mark.parametrize(
    ("born_on", "country", "below"),
    [
        (date(2010, 11, 24), "DE", False),
        (date(2010, 11, 25), "DE", True),
        (date(2010, 11, 25), "FR", False),
        (date(2012, 2, 29), "ES", False),
        (None, "DE", False),
    ],
    ids=["sixteen today", "sixteen tomorrow", "old enough in France", "leap day", "nobody asked"],
)
def test_the_age_of_consent_follows_the_country(born_on, country, below):
    assert is_below_age(born_on, country, date(2026, 11, 24)) is below


URL = "/admin/choices/choice/add/"


@pytest.fixture
def given(world, offers):
    return answering.give_consent(
        customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor
    )


def test_invalidated_consent_stops_counting_at_once(world, given):
    pia = signed_in(world.pia.user)
    asked = pia.post(URL, {"record": str(given.pk)}).content.decode()
    assert "Send you offers" in asked and "cannot be undone" in asked and events() == ["given"]

    page = pia.post(URL, {"record": str(given.pk), "confirm": "1"})
    assert "no longer valid" in page.content.decode()
    assert events() == ["given", "invalidated"] and not may(world).allowed


@pytest.mark.parametrize("record", ["", "x", str(uuid4())], ids=["nothing", "no number", "unknown"])
def test_bad_input_gets_a_sentence(world, given, record):
    assert signed_in(world.pia.user).post(URL, {"record": record}).status_code == 422
    assert Choice.objects.get().status == "ConsentGiven"


def test_its_number_stands_on_the_receipt_and_the_receipts_own_is_told_apart(world, given):
    page = signed_in(world.ada.user).get(reverse("receipts:of", args=[given.pk]), follow=True)
    assert str(given.pk) in page.content.decode()
    own = page.context["receipt"]["id"]
    assert own != given.pk and str(own) in page.content.decode()

    answered = signed_in(world.pia.user).post(URL, {"record": str(own)})
    assert answered.status_code == 422 and "the number of a receipt" in answered.content.decode()


def test_a_no_cannot_be_found_invalid(world, offers):
    refused = withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="offers", by=world.ada.actor)
    page = signed_in(world.pia.user).post(URL, {"record": str(refused.pk)})
    assert page.status_code == 422 and "has changed in the meantime" in page.content.decode()


@pytest.mark.parametrize("who", ["sam", "otto"])
def test_only_privacy_officers_invalidate_consent(world, given, who):
    assert signed_in(getattr(world, who).user).post(URL, {"record": str(given.pk)}).status_code == 404


def test_nobody_lists_choices(world, given):
    assert signed_in(world.pia.user).get("/admin/choices/choice/").status_code in (403, 404)
