"""The head of each page says who is signed in, and for whom; the menu whose requests, choices and rights these are."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from consents.ledger.rules import PORTAL, Actor
from consents.people.services import claiming, customer_records, representing
from tests.world.cast import signed_in
from tests.world.claim_codes import make_claim_code


def part(page: str, sign: str) -> str:
    """The words of one element with this class, spaces made one; without those that stand for them on a phone."""
    page = re.sub(r'<span class="label-short">.*?</span>', "", page)
    found = re.search(rf'<(p|nav|a) class="{sign}[^>]*>(.*?)</\1>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[2])).strip() if found else ""


@pytest.fixture
def mum(world) -> Client:
    """Ada, acting for a child whom she calls Nora."""
    about = {"born_on": date(2018, 5, 1), "country": "DE"}
    child = customer_records.open_customer_record(reference="C-2001", by=PORTAL, **about)
    code = make_claim_code(customer=child, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=world.ada.user, code=code, by=Actor("customer", str(world.ada.user.pk)))
    acting = world.ada.user.actings.get(customer=child)
    representing.choose_spoken_name(acting=acting.pk, user=world.ada.user, name="Nora")
    client = signed_in(world.ada.user)
    client.post(reverse("people:act_for"), {"acting": acting.pk})
    return client


def test_a_customer_reads_the_address_they_signed_in_with(world):
    page = signed_in(world.ada.user).get("/").text

    assert part(page, "site-who") == "Signed in as ada@example.com"
    assert "Requests" in part(page, "site-nav") and "Your choices" in part(page, "site-nav")


def test_a_representative_reads_for_whom_they_act(mum):
    page = mum.get("/").text

    assert part(page, "site-who") == "Signed in as ada@example.com, acting for Nora"
    assert part(page, "site-nav") == "Nora’s requests Choices for Nora Who looked Nora’s rights Receipts"
    assert part(page, "site-account") == "Your account"


def test_a_stranger_reads_nothing_of_the_kind(client, world):
    assert part(client.get("/help/").text, "site-who") == ""
