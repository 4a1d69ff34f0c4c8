"""The page for a printed code, and the one for whom nobody can be matched."""

import pytest
from django.test import Client
from django.urls import reverse

from consents.ledger.rules import PORTAL
from consents.people import selectors
from consents.people.services import customer_records
from tests.world.cast import make_user, signed_in
from tests.world.claim_codes import make_claim_code

URL = reverse("people:claim")


@pytest.fixture
def code(world):
    customer = customer_records.open_customer_record(reference="C-2000", by=PORTAL)
    return make_claim_code(customer=customer, officer=world.pia.user, by=PORTAL)


def test_it_leads_to_the_record(code):
    user = make_user("new@example.com")

    response = signed_in(user).post(URL, {"code": code.lower()}, follow=True)

    assert response.redirect_chain == [(reverse("home"), 302)]
    assert "This is now your record" in response.text
    assert selectors.get_acting(user).customer.reference == "C-2000"


def test_whoever_comes_to_share_an_account_reads_so(world):
    code = make_claim_code(customer=world.ada.customer, officer=world.pia.user, capacity="holder")
    page = signed_in(make_user("new@example.com")).post(URL, {"code": code}, follow=True).text

    assert "You share this account now" in page and "your record" not in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the code"),
        ("BCDF", "12 letters and numbers"),
        ("x" * 5000, "12 letters and numbers"),
        ("BCDF-GHJK-MNPQ", "does not work"),
        ("BCDF\0GHJKMNPQ", "Null characters"),
    ],
)
def test_it_says_what_is_wrong(code, typed, words):
    response = signed_in(make_user("new@example.com")).post(URL, {"code": typed})

    assert response.status_code == 422
    assert words in response.text


def test_it_asks_strangers_to_sign_in_and_sends_staff_home(world):
    assert reverse("account_login") in Client().get(URL)["Location"]
    assert signed_in(world.sam.user).get(URL)["Location"] == reverse("admin:index")


def test_who_cannot_be_matched_reads_whom_to_call_and_may_use_a_code(world, settings):
    for reference in ["C-3000", "C-3001"]:
        customer_records.open_customer_record(reference=reference, email="twins@example.com", by=PORTAL)

    response = signed_in(make_user("twins@example.com")).get("/")

    assert response.status_code == 200
    assert str(settings.PORTAL_PHONE) in response.text
    assert f'href="{URL}"' in response.text
