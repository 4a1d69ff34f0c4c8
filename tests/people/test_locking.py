"""A lost phone: the access is locked, and what opens it again is proof in a second way."""

from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.test import Client

from consents.accounts.adapter import AccountAdapter
from consents.disclosures.services import disclose_own_copy
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.models import Message
from consents.people.models import User
from consents.people.services import customer_records, locking
from consents.people.services.locking import AccountLocked, NoSecondWay, NotProvedTwice
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.addresses import addresses
from tests.world.cast import PASSWORD, ask, signed_in
from tests.world.proofs import by_password, code_in, last_mail, prove

OPEN = {"/locked/", "/language/", "/help/", "/privacy/", "/accessibility/", "/healthz", "/readyz"}
OPEN |= {"/brand.css", "/logo"}  # the company's colours, the same for everybody


def lock(world) -> None:
    locking.lock_account(
        user=world.ada.user, customer=world.ada.customer.id, ways={"code", "password"}, by=world.ada.actor
    )


def test_locking_signs_every_device_out(world, ada):
    here, lost = by_password(ada), by_password(ada)

    response = here.post("/lock/", {"token": str(uuid4())})

    assert response.url == "/accounts/login/"
    assert lost.get("/").status_code == 302 and "login" in lost.get("/").url
    assert User.objects.get(pk=ada.pk).locked_at
    assert Entry.objects.filter(event="account.locked", customer=world.ada.customer.id, object=str(ada.pk)).exists()


def test_what_is_said_after_signing_out_is_in_the_language_of_that_page(world, ada):
    customer_records.choose_language(customer=world.ada.customer.pk, language="es", by=world.ada.actor)
    here = by_password(ada)

    page = here.post("/lock/", {"token": str(uuid4())}, follow=True)

    assert "Your access is locked. Sign in to unlock it" in page.text and '<html lang="en"' in page.text


def test_a_locked_access_shows_nothing(world, ada):
    ask(world, "contact")
    lock(world)
    thief = by_password(ada)

    for name, address in addresses():
        path = f"/{address}"
        if path in OPEN or name.startswith(("account_logout", "account_re", "mfa_re", "reauthenticate", "demo")):
            continue
        response = thief.get(path)
        assert response.status_code in (302, 405) and response.get("Location", "/locked/").endswith("/locked/"), path
    assert "locked" in thief.get("/locked/").content.decode()


def test_one_way_is_not_enough_and_the_second_opens_it(world, ada):
    lock(world)
    client = by_password(ada)

    assert client.post("/locked/", {"token": str(uuid4())}).status_code == 403
    assert User.objects.get(pk=ada.pk).locked_at
    prove(client)
    assert "Unlock my access" in client.get("/locked/").content.decode()
    assert client.post("/locked/", {"token": str(uuid4())}).url == "/"

    assert User.objects.get(pk=ada.pk).locked_at is None and client.get("/").status_code == 200


def test_whoever_reads_the_mailbox_makes_no_second_way_of_a_new_password(world, ada):
    lock(world)
    thief = Client()
    thief.post("/accounts/password/reset/", {"email": ada.email})
    thief.post("/accounts/password/reset/confirm/", {"code": code_in(last_mail())})
    response = thief.post("/accounts/password/reset/complete/", {"password1": "x" * 20, "password2": "x" * 20})

    assert response.status_code == 403 and "locked" in response.content.decode()
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)


def test_a_password_that_is_being_set_while_the_access_is_locked_is_refused_in_words(world, ada):
    before = User.objects.get(pk=ada.pk)
    lock(world)

    with pytest.raises(AccountLocked):
        AccountAdapter().set_password(before, "x" * 20)

    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)


def test_who_has_no_second_way_is_told_before(world):
    client = signed_in(world.ada.user)

    assert "Lock my access now" not in client.get("/lock/").content.decode()
    assert client.post("/lock/", {"token": str(uuid4())}).status_code == 422
    with pytest.raises(NoSecondWay):
        locking.lock_account(user=world.ada.user, customer=world.ada.customer.id, ways={"code"}, by=world.ada.actor)
    with pytest.raises(NotProvedTwice):
        locking.unlock_account(
            user=world.ada.user, customer=world.ada.customer.id, proofs=["code", "code"], by=world.ada.actor
        )


def test_the_lock_is_confirmed_by_email(world, ada):
    lock(world)

    assert Message.objects.get(kind="act_confirmed").customer == world.ada.customer


def test_raw_sql_locks_and_unlocks_nobody_and_sets_no_password(real_world):
    world = real_world
    lock(world)
    told = (
        "SELECT portal.append_entry('account.unlocked', %s::uuid, %s, %s::text, 'user', %s::text, '', 'portal', NULL,"
        " '', '{}')"
    )
    unlock = ("UPDATE people_user SET locked_at = NULL WHERE id = %s", [world.ada.user.pk])
    with application_speaking() as application:
        assert outcome(application, unlock) == "23001 people_user_lock_on_record"
        for kind, actor in (("staff", world.pia.pk), ("customer", world.ben.user.pk), ("portal", "")):
            entry = (told, [world.ada.customer.id, kind, str(actor), str(world.ada.user.pk)])
            assert outcome(application, entry, unlock) == "23001 people_user_lock_on_record"
        password = ("UPDATE people_user SET password = 'x' WHERE id = %s", [world.ada.user.pk])
        assert outcome(application, password) == "23001 people_user_locked_keeps_password"
        bens = ("UPDATE people_user SET password = 'x' WHERE id = %s", [world.ben.user.pk])
        assert outcome(application, bens).startswith("allowed")


def test_a_locked_access_opens_no_own_copy_whatever_the_page_asks(real_world):
    lock(real_world)

    with pytest.raises(IntegrityError, match="ledger entry"):
        disclose_own_copy(customer=real_world.ada.customer.id, by=real_world.ada.actor)
    assert disclose_own_copy(customer=real_world.ben.customer.id, by=Actor("customer", str(real_world.ben.user.pk)))
