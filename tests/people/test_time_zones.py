"""Moments are told where the customer is: by the browser's offer once, then as they choose."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.formats import date_format

from consents.core.durations import describe_time_left
from consents.ledger.models import Entry
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.rules import UnknownTimeZone
from consents.people.selectors import get_customer_zone
from consents.people.services import customer_records
from tests.world.cast import ask, signed_in

KATHMANDU = "Asia/Kathmandu"  # five hours and three quarters before UTC
OFFER = "/settings/time-zone/offer/"


def choose(world, zone: str) -> None:
    customer_records.choose_time_zone(customer=world.ada.customer.pk, time_zone=zone, by=world.ada.actor)
    world.ada.customer.refresh_from_db()


def local_words(moment: datetime, zone: str) -> str:
    with timezone.override(zone):
        return date_format(timezone.localtime(moment), "j F Y, H:i")


def test_pages_tell_the_customer_s_own_time(world):
    asked = ask(world)
    choose(world, KATHMANDU)

    page = signed_in(world.ada.user).get(f"/requests/{asked.pk}/").content.decode()
    assert local_words(asked.answer_by, KATHMANDU) in page
    assert local_words(asked.answer_by, "UTC") not in page


def test_until_it_is_known_pages_tell_the_company_s_time(world, settings):
    settings.TIME_ZONE, asked = KATHMANDU, ask(world)

    page = signed_in(world.ada.user).get(f"/requests/{asked.pk}/").text

    assert local_words(asked.answer_by, KATHMANDU) in page and f"in this time zone: {KATHMANDU}" in page


def test_emails_tell_it_too_and_say_which(world):
    choose(world, KATHMANDU)
    asked = ask(world)
    deliver_message(message=Message.objects.get(kind="access_request_filed").pk)

    assert f"{local_words(asked.answer_by, KATHMANDU)} ({KATHMANDU} time)" in mail.outbox[-1].body


def test_staff_read_the_company_s_time(world):
    asked = ask(world)
    choose(world, KATHMANDU)

    page = signed_in(world.sam.user).get(f"/admin/access/accessrequest/{asked.pk}/change/").content.decode()
    assert local_words(asked.answer_by, KATHMANDU) not in page


def test_the_browser_s_offer_is_kept_once(world):
    ada = signed_in(world.ada.user)
    assert OFFER in ada.get("/").content.decode()

    for zone in (KATHMANDU, "Europe/Berlin"):
        assert ada.post(OFFER, {"time_zone": zone}).status_code == 204

    world.ada.customer.refresh_from_db()
    assert world.ada.customer.time_zone == KATHMANDU
    assert Entry.objects.filter(event="customer.time_zone_chosen").count() == 1
    assert OFFER not in ada.get("/").content.decode()


@pytest.mark.parametrize("zone", ["", "Mars/Base", "\0", "../etc/passwd", "x" * 500])
def test_what_is_no_zone_changes_nothing(world, zone):
    ada = signed_in(world.ada.user)

    assert ada.post(OFFER, {"time_zone": zone}).status_code == 204
    page = ada.post("/settings/time-zone/", {"time_zone": zone})
    assert page.status_code == 422 and "Choose a time zone from the list." in page.content.decode()
    world.ada.customer.refresh_from_db()
    assert world.ada.customer.time_zone == ""


def test_the_act_takes_no_zone_that_the_page_does_not_offer(world):
    before = Entry.objects.count()
    for zone in ("Mars/Olympus", "Etc/GMT+5", ""):
        with pytest.raises(UnknownTimeZone):
            choose(world, zone)

    assert world.ada.customer.time_zone == "" and Entry.objects.count() == before


def test_it_is_chosen_on_the_page_and_on_record_once(world):
    ada = signed_in(world.ada.user)
    for _ in range(2):
        assert ada.post("/settings/time-zone/", {"time_zone": KATHMANDU}).status_code == 302

    assert 'value="Asia/Kathmandu" selected' in ada.get("/settings/time-zone/").content.decode()
    assert Entry.objects.get(event="customer.time_zone_chosen").customer == world.ada.customer.pk


def test_a_zone_that_is_gone_falls_back_to_the_company_s(world):
    world.ada.customer.time_zone = "Mars/Base"

    assert str(get_customer_zone(world.ada.customer)) == "UTC"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=20), "in 1 minute"),
        (timedelta(minutes=58, seconds=59), "in 58 minutes"),
        (timedelta(minutes=119), "in 119 minutes"),
        (timedelta(hours=23, minutes=59), "in 23 hours"),
        (timedelta(days=1), "tomorrow"),
        (timedelta(days=5), "in 5 days"),
        (-timedelta(seconds=1), ""),
    ],
)
def test_what_is_left_of_less_than_a_day_is_told_in_hours_and_minutes(left, words):
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert describe_time_left(now + left, now) == words


def test_days_left_are_counted_over_the_night_that_the_clocks_change():
    now = datetime(2026, 3, 28, 9, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        assert describe_time_left(now + timedelta(hours=36), now) == "tomorrow"  # 23:00
        assert describe_time_left(now + timedelta(hours=37), now) == "in 2 days"
