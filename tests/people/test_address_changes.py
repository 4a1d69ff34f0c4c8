"""A new sign-in address counts after the old one was told and had its chance to object."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from consents.address_changes import apply_address_change, apply_address_changes
from consents.ledger.models import Entry
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import User
from consents.people.selectors import open_address
from tests.world.cast import make_user
from tests.world.proofs import by_code, code_in, last_mail


@pytest.fixture
def world(real_world):
    return real_world


@pytest.fixture
def browser(world) -> Client:
    return by_code(world.ada.user)


def change_address(client: Client, email: str) -> None:
    client.post("/accounts/email/", {"action_add": "", "email": email})
    client.post("/accounts/confirm-email/", {"code": code_in(last_mail())})


def mails() -> list[tuple[str, str]]:
    """Deliver what waits; (to, subject) of all that was sent."""
    for message in Message.objects.filter(sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)
    return [(one.to[0], one.subject) for one in mail.outbox]


def test_a_new_address_waits_and_the_old_one_is_told(world, browser):
    change_address(browser, "thief@example.com")

    world.ada.user.refresh_from_db()
    assert (world.ada.user.email, world.ada.user.new_email) == ("ada@example.com", "thief@example.com")
    assert [one.email for one in EmailAddress.objects.filter(user=world.ada.user)] == ["ada@example.com"]
    assert ("ada@example.com", "Your sign-in address is about to change") in mails()
    world.ada.customer.refresh_from_db()
    assert open_address(world.ada.customer) == "ada@example.com"
    assert "thief@example.com" in browser.get("/accounts/email/").content.decode()


def test_a_sign_up_that_was_begun_with_the_new_address_does_not_stop_it(world, browser, later):
    change_address(browser, "new@example.com")
    Client().post("/accounts/signup/", {"email": "new@example.com"})
    later(timedelta(days=8))

    apply_address_changes()

    world.ada.user.refresh_from_db()
    assert world.ada.user.email == "new@example.com"


def test_its_owner_keeps_the_old_one_and_the_thief_is_out(world, browser, later):
    change_address(browser, "thief@example.com")
    owner = by_code(world.ada.user)

    owner.post("/accounts/email/keep/")

    assert browser.get("/accounts/email/").status_code == 302
    later(timedelta(days=4))
    apply_address_changes()
    world.ada.user.refresh_from_db()
    assert (world.ada.user.email, world.ada.user.new_email) == ("ada@example.com", "")


def test_nobody_objects_and_it_counts_after_three_days(world, browser, later):
    change_address(browser, "new@example.com")
    apply_address_changes()
    world.ada.user.refresh_from_db()
    assert world.ada.user.email == "ada@example.com"

    later(timedelta(days=3, minutes=1))
    apply_address_changes()
    apply_address_changes()

    world.ada.user.refresh_from_db()
    assert (world.ada.user.email, world.ada.user.new_email) == ("new@example.com", "")
    assert [(one.email, one.verified) for one in EmailAddress.objects.all() if one.user_id == world.ada.user.pk] == [
        ("new@example.com", True)
    ]
    assert Entry.objects.filter(event="customer.address_changed").count() == 1
    told = [to for to, subject in mails() if "changed" in subject]
    assert sorted(told) == ["ada@example.com", "new@example.com"]


def test_an_address_that_somebody_else_has_by_then_is_dropped(world, browser, later):
    change_address(browser, "new@example.com")
    other = make_user("new@example.com")
    later(timedelta(days=3, minutes=1))
    apply_address_changes()

    world.ada.user.refresh_from_db()
    assert (world.ada.user.email, world.ada.user.new_email) == ("ada@example.com", "")
    assert User.objects.get(email="new@example.com") == other


def test_the_first_address_of_an_account_counts_at_once(world):
    client = Client()
    client.post("/accounts/signup/", {"email": "fresh@example.com"})
    client.post("/accounts/confirm-email/", {"code": code_in(last_mail())})

    assert EmailAddress.objects.get(email="fresh@example.com").verified
    assert "_auth_user_id" in client.session


def test_one_that_was_taken_back_since_it_was_found_due_is_not_applied(world):
    before, email = Entry.objects.count(), world.ada.user.email

    apply_address_change(world.ada.user.pk)

    assert User.objects.get(pk=world.ada.user.pk).email == email and Entry.objects.count() == before
