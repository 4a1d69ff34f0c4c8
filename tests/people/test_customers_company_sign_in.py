"""Customers come in through the company's own provider by their number, and never by an address alone."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.models import Acting, User
from consents.people.services import customer_records
from tests.world.erasing import erase
from tests.world.systems import answering, begin, come_back, make_sign_in

ADA = {"sub": "a", "number": "C-1001"}
NOA = {"sub": "n", "number": "C-7", "email": "noa@example.com", "email_verified": True}


@pytest.fixture(autouse=True)
def provider(settings):
    settings.PORTAL_SIGN_INS = {"customers": make_sign_in("customers", reference="number")}
    with answering():
        yield


def sign_in(said: dict) -> tuple[Client, int]:
    client = Client()
    return client, come_back(client, begin(client, "customers"), said, "customers").status_code


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.fixture
def noa(db):
    return customer_records.open_customer_record(reference="C-7", email="other@example.com", by=PORTAL)


def test_the_number_leads_to_ones_own_account(world):
    client, _ = sign_in(ADA)

    assert who(client) == str(world.ada.user.pk) and client.get("/").status_code == 200


def test_who_is_new_is_connected_by_the_number(noa):
    client, _ = sign_in(NOA)

    assert Acting.objects.get(customer=noa).user.email == "noa@example.com"
    assert Entry.objects.get(event="record.claimed").customer == noa.pk
    assert client.get("/").status_code == 200
    assert who(sign_in(NOA | {"email": None})[0]) == who(client)


@pytest.mark.parametrize("number", [None, "", "C-9999", "C-1001\0", 7, ["C-1001"], "x" * 61])
def test_without_a_number_of_ours_nobody_comes_in(world, number):
    """Also with Ada's own address, confirmed."""
    client, status = sign_in({"sub": "a", "number": number, "email": "ada@example.com", "email_verified": True})

    assert status == 403 and who(client) is None


def test_a_number_that_changed_hands_opens_nothing(world):
    sign_in(ADA)

    client, status = sign_in(ADA | {"number": "C-1002"})

    assert status == 403 and who(client) is None


@pytest.mark.parametrize(
    "said", [{"email_verified": False}, {"email": "sam@example.com"}, {"email": "ada@example.com"}]
)
def test_an_address_unconfirmed_or_somebody_elses_makes_no_account(world, noa, said):
    client, status = sign_in(NOA | said)

    assert status == 403 and who(client) is None and not Acting.objects.filter(customer=noa).exists()


def test_an_erased_customer_leaves_no_tie(real_world):
    sign_in(ADA)
    erase(real_world)

    assert not SocialAccount.objects.exists()
    assert sign_in(ADA)[1] == 403 and not User.objects.filter(email="ada@example.com").exists()
