"""A new sign-in address counts after the old one was told and had its chance to object."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import transaction
from django.test import Client

from consents.accounts import adapter
from consents.accounts.adapter import (
    AccountAdapter,
    announce_address_change,
    apply_address_change,
    apply_address_changes,
    cancel_address_change,
    keep_locked_address,
)
from consents.accounts.sessions import append_sign_in_entry
from consents.core import clock
from consents.core.sealing import CannotOpen
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people import selectors
from consents.people.models import Customer, User
from consents.people.selectors import open_address
from consents.people.services import customer_records, locking
from tests.races.lock_order import watched
from tests.world.cast import PASSWORD, make_user
from tests.world.owners import acting_as_owner
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


def test_a_lock_ends_it_since_nobody_could_object(world, browser, later):
    change_address(browser, "thief@example.com")
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save(update_fields=["password"])

    by_code(world.ada.user).post("/lock/", {"token": str(uuid4())})

    assert ("ada@example.com", "Your sign-in address stays as it is") in mails()
    later(timedelta(days=4))
    apply_address_changes()
    world.ada.user.refresh_from_db()
    assert world.ada.user.locked_at
    assert (world.ada.user.email, world.ada.user.new_email) == ("ada@example.com", "")


def test_one_that_was_asked_for_at_the_moment_of_a_lock_never_counts(world):
    asked_for = {"new_email": "thief@example.com", "new_email_at": clock.now() - timedelta(days=1)}
    User.objects.filter(pk=world.ada.user.pk).update(**asked_for)
    locking.lock_account_again(
        user=world.ada.user.pk, customer=world.ada.customer.pk, by=replace(PORTAL, original="0" * 64)
    )
    User.objects.filter(pk=world.ada.user.pk).update(**asked_for)

    apply_address_changes()
    apply_address_change(world.ada.user.pk)

    world.ada.user.refresh_from_db()
    assert world.ada.user.email == "ada@example.com"
    keep_locked_address(user=world.ada.user, by=replace(PORTAL, original="0" * 64))  # as at its end
    world.ada.user.refresh_from_db()
    assert world.ada.user.new_email == ""


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


def test_it_is_announced_and_noted_together_or_not_at_all(world, monkeypatch):
    def unsent(*_args, **_options):
        raise ConnectionError

    monkeypatch.setattr(AccountAdapter, "send_notification_mail", unsent)
    with pytest.raises(ConnectionError):
        announce_address_change(world.ada.user, "thief@example.com")

    assert User.objects.get(pk=world.ada.user.pk).new_email == ""


def test_one_that_counts_by_now_is_not_said_to_be_kept(world, browser, later):
    change_address(browser, "new@example.com")
    before = User.objects.get(pk=world.ada.user.pk)
    later(timedelta(days=3, minutes=1))
    apply_address_changes()

    assert not cancel_address_change(before)
    assert "Your sign-in address stays as it is" not in [subject for _to, subject in mails()]


def test_a_password_that_is_being_set_keeps_what_is_changed_meanwhile(world, browser, monkeypatch):
    """The owner keeps the old address in one tab while another tab sends a new password."""
    change_address(browser, "thief@example.com")
    before = User.objects.get(pk=world.ada.user.pk)
    monkeypatch.setattr(AccountAdapter, "send_notification_mail", lambda *_args: None)
    monkeypatch.setattr(adapter, "record_new_password", lambda *_args: None)
    cancel_address_change(world.ada.user)

    AccountAdapter().set_password(before, "a long password of ada")

    user = User.objects.get(pk=before.pk)
    assert user.new_email == "" and user.check_password("a long password of ada")


def test_a_new_password_and_a_new_address_take_their_locks_in_order(world, browser, later, monkeypatch):
    def record(_request, user):
        append_sign_in_entry(event="account.password_changed", user=user, by=world.ada.actor)

    change_address(browser, "new@example.com")
    monkeypatch.setattr(adapter, "record_new_password", record)
    later(timedelta(days=3, minutes=1))
    with watched() as watch:
        AccountAdapter().set_password(world.ada.user, "a long password of ada")
        apply_address_changes()

    assert watch.wrong == [] and watch.seen
    events = ["account.password_changed", "customer.address_changed"]
    assert list(Entry.objects.order_by("id").values_list("event", flat=True))[-2:] == events


# A customer's number and address against somebody who has the application's password and writes SQL.

REFUSED = "23001 people_customer_address_on_record"
TELL = "SELECT portal.append_entry(%s, %s, 'portal', '', 'customer', %s, '', 'job', NULL, '', %s)"
OTHER = "UPDATE people_customer SET address_hash = '\\x01', sealed_address = '\\x01' WHERE id = %s"
NONE = "UPDATE people_customer SET address_hash = NULL, sealed_address = NULL WHERE id = %s"
UNNUMBERED = (
    "INSERT INTO people_customer (id, address_hash, sealed_address, country, region, language)"
    " VALUES (%s, '\\x01', '\\x01', '', '', 'en')"
)
NEWCOMER = "11111111-2222-4333-8444-555555555555"


def told(event, customer, object=None, **details):
    return TELL, [event, customer, str(object or customer), json.dumps(details)]


@pytest.mark.parametrize("reference", ["NULL", "'C-9999'"])
def test_a_number_is_unlinked_by_an_erasure_alone(real_world, tried, reference):
    ada = real_world.ada.customer.id
    update = (f"UPDATE people_customer SET reference = {reference} WHERE id = %s", [ada])

    assert tried(told("customers.imported", None, "list"), update) == "23001 people_customer_reference_frozen"


def test_an_address_changes_with_its_entry(real_world, tried):
    ada = real_world.ada.customer.id
    for entry in [
        told("customer.address_changed", ada),
        told("record.claimed", ada),
        told("customers.imported", None, "list"),
    ]:
        assert tried(entry, (OTHER, [ada])).startswith("allowed")


def test_an_address_does_not_change_off_the_record(real_world, tried):
    ada, ben = real_world.ada.customer.id, real_world.ben.customer.id

    assert tried((OTHER, [ada])) == REFUSED
    for entry in [
        told("customer.address_changed", ben),
        told("record.claimed", ben, left=str(ada)),
        told("customer.language_chosen", ada),
        told("customers.imported", None, "other"),
    ]:
        assert tried(entry, (OTHER, [ada])) == REFUSED


def test_no_address_is_taken_off_a_numbered_record(real_world, tried):
    ada, ben = real_world.ada.customer.id, real_world.ben.customer.id

    for entry in [
        told("customer.address_changed", ada),
        told("record.claimed", ben, left=str(ada)),
        told("customers.imported", None, "list"),
    ]:
        assert tried(entry, (NONE, [ada])) == REFUSED


def test_an_address_is_taken_off_the_record_that_was_left(real_world, tried):
    ben = real_world.ben.customer.id
    left, taken_off = (UNNUMBERED, [NEWCOMER]), (NONE, [NEWCOMER])

    assert tried(left, told("record.claimed", ben, left=NEWCOMER), taken_off).startswith("allowed")
    assert tried(left, told("record.claimed", ben), taken_off) == REFUSED
    assert tried(left, told("record.claimed", NEWCOMER), taken_off) == REFUSED


def test_an_address_is_taken_off_the_records_that_an_erasure_done_again_names(real_world, tried):
    ben = real_world.ben.customer.id
    left, taken_off = (UNNUMBERED, [NEWCOMER]), (NONE, [NEWCOMER])

    for event in ("customer.erased", "account.closed"):
        assert tried(left, told(event, ben, left=[NEWCOMER]), taken_off).startswith("allowed")
    assert tried(left, told("customer.erased", ben, left=[str(ben)]), taken_off) == REFUSED
    assert tried(left, told("customer.erased", ben), taken_off) == REFUSED
    assert tried(told("customer.erased", ben, left=[str(ben)]), (NONE, [ben])) == REFUSED


def test_an_older_address_beside_a_newer_hash_does_not_open(real_world):
    ada = real_world.ada.customer.id
    older = bytes(Customer.objects.get(pk=ada).sealed_address)
    with transaction.atomic():
        customer_records.save_address(customer=ada, email="ada.new@example.com")
        appending.append_entry(
            event="customer.address_changed", by=PORTAL, customer=ada, object_type="customer", object=ada
        )
    assert selectors.open_address(Customer.objects.get(pk=ada)) == "ada.new@example.com"

    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("UPDATE people_customer SET sealed_address = %s WHERE id = %s", [older, ada])

    with pytest.raises(CannotOpen):
        selectors.open_address(Customer.objects.get(pk=ada))
