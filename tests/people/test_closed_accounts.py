"""Whoever read an account before its owner was erased does not bring it back."""

import time

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import base_user, hashers

from consents.people import selectors
from consents.people import services as people
from consents.people.models import Customer, User
from consents.people.services import CodeDoesNotWork
from tests.cast import PORTAL, signed_in
from tests.people.test_erasing import actor, erase


def test_a_password_that_is_being_set_does_not_bring_the_account_back(real_world, monkeypatch):
    world, password = real_world, "a long password of ada"
    browser = signed_in(world.ada.user)
    browser.raise_request_exception = False
    session = browser.session
    code = {"method": "code", "at": time.time(), "email": "ada@example.com"}
    session["account_authentication_methods"] = [code]
    session.save()
    erased = []

    def hashed_slowly(raw, *args, **options):
        if raw == password:
            erased.append(erase(world))
        return hashers.make_password(raw, *args, **options)

    monkeypatch.setattr(base_user, "make_password", hashed_slowly)
    browser.post("/accounts/password/set/", {"password1": password, "password2": password})

    assert len(erased) == 1
    user = User.objects.get(pk=world.ada.user.pk)
    assert (user.email, user.is_active) == (f"{user.pk}@erased.invalid", False)
    assert not user.has_usable_password() and not EmailAddress.objects.filter(user=user).exists()


def test_a_page_that_was_on_its_way_opens_no_new_record(real_world, monkeypatch):
    world = real_world
    browser = signed_in(world.ada.user)
    acting_for = selectors.acting_for

    def erased_before(user, chosen=None):
        if not Customer.objects.get(pk=world.ada.customer.id).erased_at:
            erase(world)
        return acting_for(user, chosen)

    monkeypatch.setattr(selectors, "acting_for", erased_before)
    browser.raise_request_exception = False
    browser.get("/choices/")

    assert Customer.objects.get(pk=world.ada.customer.id).erased_at
    assert selectors.find("ada@example.com") == []


def test_who_was_erased_arrives_no_more(world):
    stale = User.objects.get(pk=world.ada.user.pk)
    erase(world)

    assert people.arrive(user=stale, by=PORTAL) is None
    assert selectors.find("ada@example.com") == []


def test_who_was_erased_claims_nothing(world):
    record = people.open_record(reference="C-9", by=PORTAL)
    code = people.make_claim_code(customer=record, officer=world.pia.user, by=actor(world.pia))
    stale = User.objects.get(pk=world.ada.user.pk)
    erase(world)

    with pytest.raises(CodeDoesNotWork):
        people.claim_by_code(user=stale, code=code, by=PORTAL)
