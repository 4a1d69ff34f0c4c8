"""Whom the address alone does not lead in: reads whom to call, and comes in with the code from the paper."""

import pytest

from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from tests.journeys.judging import faults_of
from tests.world.cast import make_user, signed_in
from tests.world.claim_codes import make_claim_code


@pytest.fixture
def code(real_world):
    for reference in ["C-3000", "C-3001"]:
        customer = customer_records.open_customer_record(reference=reference, email="twins@example.com", by=PORTAL)
    return make_claim_code(customer=customer, officer=real_world.pia.user, by=PORTAL)


def test_a_printed_code_connects_an_account(code, visit, script):
    one = visit(script=script, width=320)
    session = signed_in(make_user("twins@example.com")).cookies["portal"].value
    one.context.add_cookies([{"name": "portal", "value": session, "url": one.base}])
    one.go("/")
    one.see("We need to talk to you first")
    assert not script or not faults_of(one, "/")
    one.follow("Use a code from us")
    one.page.get_by_label("Your code").fill("wrong")
    one.press("Continue")
    one.see("There is a problem")

    one.page.get_by_label("Your code").fill(code.lower().replace("-", " "))
    one.press("Continue")

    one.see("This is now your record")


def test_an_unknown_address_reads_three_ways_on(real_world, visit, script):
    one = visit(script=script, width=320)
    session = signed_in(make_user("new@example.com")).cookies["portal"].value
    one.context.add_cookies([{"name": "portal", "value": session, "url": one.base}])
    one.go("/")
    one.see("We have no record under this address")
    assert not script or not faults_of(one, "/")
    one.follow("Account")
    one.see("This sign-in is not linked to a record yet")
    one.follow("What you can do")
    one.follow("Use a code from us")
    one.page.go_back()
    one.press("Use another address")
    one.see("Sign in")
