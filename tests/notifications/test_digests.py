"""Reminders: at most weekly, never to who wants none, and the choice is on record. News always comes."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from consents.ledger.models import Entry
from consents.notifications import selectors
from consents.notifications.models import FailingAddress, Message, Preference
from consents.notifications.services import choosing, queueing
from tests.world.cast import signed_in

NEVER, WEEKLY = Preference.Digests.NEVER, Preference.Digests.WEEKLY


def remind(customer, key: str = "a") -> Message | None:
    return queueing.notify(kind="choices_digest", key=key, customer=customer, number="3")


def choose(world, digests) -> None:
    choosing.choose_digests(customer=world.ada.customer.id, digests=digests, by=world.ada.actor)


def test_a_customer_is_reminded_unless_they_said_otherwise(world):
    assert selectors.get_digest_preference(world.ada.customer.id) == WEEKLY
    assert remind(world.ada.customer)


def test_who_wants_no_reminders_gets_none(world):
    choose(world, NEVER)

    assert remind(world.ada.customer) is None
    assert remind(world.ben.customer, "b")


def test_news_comes_all_the_same(world):
    choose(world, NEVER)

    assert queueing.notify(kind="access_request_filed", key="k", customer=world.ada.customer, team="Billing")


def test_a_second_reminder_waits_a_week(real_world, later):
    assert remind(real_world.ada.customer, "first")
    assert remind(real_world.ada.customer, "second") is None

    later(timedelta(days=7, minutes=1))

    assert remind(real_world.ada.customer, "third")


def test_nobody_is_reminded_where_mail_does_not_arrive(world):
    FailingAddress.objects.create(address_hash=bytes(world.ada.customer.address_hash), how="bounced")

    assert remind(world.ada.customer) is None


def test_the_choice_is_on_record_once(world):
    choose(world, NEVER)
    choose(world, NEVER)

    entry = Entry.objects.get(event="digests.chosen")
    assert (entry.customer, entry.outcome) == (world.ada.customer.id, "never")


def test_it_is_chosen_on_the_page(world):
    ada = signed_in(world.ada.user)

    response = ada.post("/settings/", {"digests": "never"})

    assert (response.status_code, response.url) == (302, "/settings/")
    assert selectors.get_digest_preference(world.ada.customer.id) == NEVER
    assert re.search(r'<input[^>]*value="never"[^>]*checked', ada.get("/settings/").content.decode())


@pytest.mark.parametrize("data", [{}, {"digests": "daily"}, {"digests": "\0"}], ids=["nothing", "unknown", "odd"])
def test_anything_else_gets_a_sentence(world, data):
    response = signed_in(world.ada.user).post("/settings/", data)

    assert response.status_code == 422
    assert "Choose whether we may remind you." in response.content.decode()
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO notifications_preference (customer_id, digests) VALUES (%s, 'never')",
        "UPDATE notifications_preference SET digests = 'never' WHERE customer_id = %s",
    ],
    ids=["new", "changed"],
)
def test_the_database_refuses_a_choice_that_is_not_on_record(real_world, statement):
    if statement.startswith("UPDATE"):
        choose(real_world, NEVER)
        choose(real_world, WEEKLY)
    with pytest.raises(IntegrityError, match="ledger entry"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [real_world.ada.customer.id])
