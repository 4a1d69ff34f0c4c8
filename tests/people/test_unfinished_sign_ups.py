"""A sign-up whose address was never verified is forgotten after a day."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import DatabaseError, transaction
from django.test import Client

from consents.accounts.adapter import delete_unfinished_sign_ups
from consents.ledger.rules import PORTAL
from consents.people.models import Role, StaffMember, User
from consents.people.services.staff_members import AddressInUse, admit_staff
from tests.world.cast import make_user
from tests.world.proofs import code_in, last_mail


def test_it_goes_after_a_day_and_not_before(transactional_db, later):
    Client().post("/accounts/signup/", {"email": "new@example.com"})
    assert delete_unfinished_sign_ups() == 0

    later(timedelta(days=1, minutes=1))

    assert delete_unfinished_sign_ups() == 1
    assert not User.objects.filter(email="new@example.com").exists()
    assert not EmailAddress.objects.filter(email="new@example.com").exists()


def test_everyone_else_stays(real_world, later):
    make_user("verified@example.com")
    before = User.objects.count()

    later(timedelta(days=2))
    delete_unfinished_sign_ups()

    kept = set(User.objects.values_list("email", flat=True))
    assert {"verified@example.com", "ada@example.com", "sam@example.com"} <= kept and len(kept) == before


def test_an_account_that_was_used_cannot_be_deleted(real_world, later):
    user = make_user("used@example.com")
    Client().force_login(user)
    later(timedelta(days=2))

    with pytest.raises(DatabaseError, match="an account stays"), transaction.atomic():
        User.objects.filter(pk=user.pk).delete()

    for unused in ({"last_login": None}, {"date_joined": user.date_joined - timedelta(days=9)}):
        with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
            User.objects.filter(pk=user.pk).update(**unused)


def invite(email: str) -> StaffMember:
    return admit_staff(email=email, role=Role.REQUESTER, team="Returns", first_name="Rita", by=PORTAL)


def test_it_keeps_nobody_from_being_invited(db):
    """Anyone can begin one with a colleague’s address, each day anew."""
    browser = Client()
    browser.post("/accounts/signup/", {"email": "rita@example.com"})
    code = code_in(last_mail())

    member = invite("Rita@example.com")

    assert member.user.email == "rita@example.com"
    assert browser.post("/accounts/confirm-email/", {"code": code}).status_code < 500
    assert "_auth_user_id" not in browser.session
    assert EmailAddress.objects.get(verified=True).user == member.user


def test_an_address_that_was_proved_gives_way_to_nobody(db):
    browser = Client()
    browser.post("/accounts/signup/", {"email": "rita@example.com"})
    browser.post("/accounts/confirm-email/", {"code": code_in(last_mail())})

    with pytest.raises(AddressInUse):
        invite("rita@example.com")


def test_its_address_cannot_be_exchanged_for_another(db):
    """Not even once it is proved elsewhere: whoever signs in with it then would be taken for somebody else."""
    browser, elsewhere = Client(), Client()
    browser.post("/accounts/signup/", {"email": "thief@example.com"})
    elsewhere.post("/accounts/password/reset/", {"email": "thief@example.com"})
    elsewhere.post("/accounts/password/reset/confirm/", {"code": code_in(last_mail())})

    browser.post("/accounts/confirm-email/", {"action": "change", "email": "ada@example.com"})

    assert [*User.objects.values_list("email", flat=True)] == ["thief@example.com"]
