"""What changes how somebody signs in is on record, told to its owner, and shown under their devices."""

from uuid import uuid4

import pytest
from django.core import mail

from consents.accounts.pages import LeadsToRecord, close_unlinked_account
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people.models import User
from tests.world.cast import PASSWORD, make_user, signed_in
from tests.world.passkeys import Device, add_passkey
from tests.world.proofs import by_password_and_code, last_mail, prove

DEVICES = "/accounts/sessions/"


def written() -> list[str]:
    """Every email so far."""
    last_mail()
    return [sent.body for sent in mail.outbox]


def recorded(user: User) -> list[tuple]:
    told = Entry.objects.filter(object=str(user.pk), event__startswith="account.").order_by("id")
    return list(told.values_list("event", "outcome", "actor_kind", "actor", "customer"))


def test_passwords_and_passkeys_are_on_record_without_a_secret(world, ada):
    browser, me = by_password_and_code(ada), ("customer", str(ada.pk), world.ada.customer.id)
    add_passkey(browser, Device())
    passkey = ada.authenticator_set.get(type="webauthn")
    assert "passkey was added" in "".join(written())
    browser.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")
    page = browser.get(DEVICES).text
    new = "a longer staple of horses"
    browser.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert recorded(ada)[0] == ("account.factor_added", "webauthn", *me)
    assert ("account.factor_removed", "webauthn", *me) in recorded(ada)
    assert recorded(ada)[-1] == ("account.password_changed", "", *me)
    assert "A passkey was added to your sign-in." in page and "A passkey was removed from your sign-in." in page
    assert "Your password was changed." in "".join(written())
    assert not Entry.objects.filter(details__contains=new).exists()
    assert "passkey was" not in signed_in(world.ben.user).get(DEVICES).text


def test_new_passwords_are_asked_for_in_the_words_of_other_fields(ada):
    page = by_password_and_code(ada).get("/accounts/password/change/").text

    assert all(f"{words}</label>" in page for words in ("Current password", "New password", "New password again"))
    assert "New Password" not in page


def test_an_account_that_leads_to_no_record_closes_itself(world):
    user = make_user("new@example.com")
    browser = signed_in(user)
    assert browser.get("/accounts/close/").url.startswith("/accounts/reauthenticate/")
    prove(browser)
    assert "no record is linked" in browser.get("/accounts/close/").text
    closed = browser.post("/accounts/close/", {"token": str(uuid4())})

    assert closed.url == "/accounts/login/" and "Your account is closed" in browser.get(closed.url).text
    assert "Your sign-in is closed, as you asked." in last_mail()
    user.refresh_from_db()
    assert user.closed_at and user.email.endswith("@erased.invalid") and browser.get("/").status_code == 302
    assert recorded(user) == [("account.left", "", "customer", str(user.pk), None)]
    close_unlinked_account(user=user, by=Actor("customer", str(user.pk)))
    assert len(recorded(user)) == 1


def test_one_that_leads_to_a_record_is_not_closed_without_it(world):
    for who in (world.ada.user, world.sam.user):
        with pytest.raises(LeadsToRecord):
            close_unlinked_account(user=who, by=Actor("customer", str(who.pk)))
