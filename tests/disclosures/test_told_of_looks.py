"""Customers are told of looks as often as they want, and of what they cannot switch off; each look once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from consents.access.services.ending import stop_access
from consents.disclosures.models import LookNews
from consents.disclosures.services import LookRefused, disclose_records
from consents.disclosures.telling import selectors, services
from consents.disclosures.telling.rules import HowOften, find_next_digest
from consents.exemptions.selectors import select_grants
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import FailingAddress, Message
from consents.people.services.customer_records import choose_language
from tests.disclosures.looking import look
from tests.world.cast import answer, ask, signed_in
from tests.world.erasing import erase
from tests.world.exemptions import build_delay, decide, file_order, open_emergency
from tests.world.scene_fixtures import scene

DAY = timedelta(days=1)


@scene
def allowed(real_world):
    return answer(real_world, ask(real_world))


def choose(world, how_often: HowOften) -> None:
    services.choose_look_emails(customer=world.ada.customer.pk, how_often=how_often, by=world.ada.actor)


def told(kind: str) -> list[Message]:
    services.notify_due_customers()
    return list(Message.objects.filter(kind=kind).order_by("queued_at"))


def test_looks_are_told_once_a_day_unless_they_chose_otherwise(real_world, allowed, later):
    look(real_world, allowed)
    look(real_world, allowed, "contact")
    assert told("looks_allowed") == []

    later(DAY * 2)
    (message,) = told("looks_allowed")

    assert (message.customer, message.context["number"]) == (real_world.ada.customer, "2")
    assert told("looks_allowed") == [message]
    later(DAY * 5)
    assert told("looks_allowed") == [message]  # nobody looked since


def test_each_look_is_told_when_they_want_that(real_world, allowed):
    choose(real_world, HowOften.EACH)
    for number in (1, 2):
        look(real_world, allowed)
        assert len(told("looks_allowed")) == number


def test_a_weekly_email_waits_for_monday(real_world, allowed, later):
    choose(real_world, HowOften.WEEKLY)
    look(real_world, allowed)
    services.notify_due_customers()
    assert LookNews.objects.get(pk=real_world.ada.customer.pk).digest_at.weekday() == 0

    later(DAY * 8)
    assert len(told("looks_allowed")) == 1


def test_never_means_none_for_looks_they_allowed(real_world, allowed, later):
    choose(real_world, HowOften.NEVER)
    look(real_world, allowed)
    later(DAY * 2)
    assert told("looks_allowed") == []

    choose(real_world, HowOften.EACH)
    assert told("looks_allowed") == []  # nor afterwards of what came before


def try_after_stop(world, request, times: int) -> None:
    stop_access(access_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor)
    for _ in range(times):
        with pytest.raises(LookRefused):
            look(world, request)


def test_refused_tries_are_told_whatever_they_chose_and_in_one_email_a_day(real_world, allowed, later):
    choose(real_world, HowOften.NEVER)
    try_after_stop(real_world, allowed, times=1)
    assert [message.context["number"] for message in told("looks_refused")] == ["1"]

    try_after_stop(real_world, allowed, times=40)
    assert len(told("looks_refused")) == 1

    later(DAY + timedelta(minutes=1))
    assert [message.context["number"] for message in told("looks_refused")] == ["1", "40"]


def test_a_change_of_the_setting_is_on_record_and_told_whatever_was_chosen(world):
    choose(world, HowOften.NEVER)
    choose(world, HowOften.NEVER)

    entry = Entry.objects.get(event="look_emails.chosen")
    assert (entry.customer, entry.outcome) == (world.ada.customer.pk, "never")
    (message,) = Message.objects.filter(kind="act_confirmed")
    deliver_message(message=message.pk)
    assert "no longer email you" in mail.outbox[-1].body


def test_it_is_chosen_on_the_page(world):
    ada = signed_in(world.ada.user)

    assert ada.post("/settings/looks/", {"how_often": "weekly"}).status_code == 302
    assert selectors.get_how_often(world.ada.customer.pk) == HowOften.WEEKLY
    assert selectors.get_how_often(world.ben.customer.pk) == HowOften.DAILY


@pytest.mark.parametrize("data", [{}, {"how_often": "hourly"}, {"how_often": "\0"}], ids=["nothing", "unknown", "odd"])
def test_anything_else_gets_a_sentence(world, data):
    response = signed_in(world.ada.user).post("/settings/looks/", data)

    assert response.status_code == 422
    assert "Choose how often we may email you." in response.content.decode()
    assert not LookNews.objects.exists()


def test_the_erased_are_told_nothing(real_world, allowed, later):
    look(real_world, allowed)
    erase(real_world)
    later(DAY * 2)

    assert told("looks_allowed") == [] and not LookNews.objects.exists()


def test_no_daily_email_waits_where_none_arrives(real_world, allowed, later):
    FailingAddress.objects.create(address_hash=bytes(real_world.ada.customer.address_hash), how="bounced")
    look(real_world, allowed)
    services.notify_due_customers()
    later(DAY * 2)

    assert told("looks_allowed") == []


@pytest.mark.parametrize(
    ("language", "words"), [("en", "with your permission"), ("de", "Erlaubnis"), ("es", "permiso")]
)
def test_no_email_says_what_was_opened(real_world, allowed, language, words):
    choose(real_world, HowOften.EACH)
    choose_language(customer=real_world.ada.customer.pk, language=language, by=real_world.ada.actor)
    look(real_world, allowed)
    (message,) = told("looks_allowed")
    deliver_message(message=message.pk)

    text = mail.outbox[-1].body
    assert words in text and "Billing Support" in text
    assert not any(value in text for value in ("Orders", "Ada", real_world.ada.customer.reference))


@pytest.mark.parametrize(
    ("how_often", "now", "expected"),
    [
        (HowOften.DAILY, "2026-11-26T23:30+00:00", "2026-11-28T08:00+01:00"),  # past midnight in Berlin
        (HowOften.DAILY, "2026-03-28T12:00+00:00", "2026-03-29T08:00+02:00"),  # the night that the clocks change
        (HowOften.WEEKLY, "2026-11-23T06:00+00:00", "2026-11-30T08:00+01:00"),  # a Monday
        (HowOften.WEEKLY, "2026-11-29T12:00+00:00", "2026-11-30T08:00+01:00"),
    ],
)
def test_a_digest_comes_in_the_customer_s_morning(how_often, now, expected):
    digest = find_next_digest(how_often, datetime.fromisoformat(now), ZoneInfo("Europe/Berlin"))

    assert digest.astimezone(UTC) == datetime.fromisoformat(expected).astimezone(UTC)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO disclosures_looknews (customer_id, how_often) VALUES (%s, 'never')",
        "UPDATE disclosures_looknews SET how_often = 'never' WHERE customer_id = %s",
    ],
    ids=["new", "changed"],
)
def test_the_database_refuses_a_setting_that_is_not_on_record(real_world, statement):
    if statement.startswith("UPDATE"):
        choose(real_world, HowOften.WEEKLY)
    with pytest.raises(IntegrityError, match="ledger entry"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [real_world.ada.customer.pk])


def test_a_look_without_permission_is_told_at_once_whatever_they_chose(real_world):
    choose(real_world, HowOften.NEVER)
    opened = open_emergency(real_world, "orders")
    grant = select_grants(opened.pk).get()
    disclose_records(grant=grant.pk, staff=opened.staff_id, by=Actor("staff", str(opened.staff_id)))

    (message,) = told("looks_exempted")
    assert message.context["number"] == "1" and told("looks_allowed") == []


def test_what_a_law_forbids_to_tell_is_not_told(real_world):
    exemption = decide(real_world, file_order(real_world, "orders"), delay=build_delay())
    grant = select_grants(exemption.pk).first()
    disclose_records(grant=grant.pk, staff=exemption.staff_id, by=Actor("staff", str(exemption.staff_id)))

    assert told("looks_exempted") == []


def test_before_it_is_time_and_to_nobody_nothing_is_told(real_world, allowed):
    look(real_world, allowed)

    for customer in (real_world.ada.customer.pk, uuid4()):
        services.notify_of_looks(customer=customer)

    assert not Message.objects.filter(kind__startswith="looks").exists()
