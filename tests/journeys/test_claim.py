"""Whom the address alone does not lead in: reads whom to call, and comes in with the code from the paper."""

from types import SimpleNamespace

import pytest

from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from tests.journeys.opening import faults_of_drawn, open_scriptless
from tests.world.cast import make_user
from tests.world.claim_codes import make_claim_code


@pytest.fixture
def code(real_world):
    for reference in ["C-3000", "C-3001"]:
        customer = customer_records.open_customer_record(reference=reference, email="twins@example.com", by=PORTAL)
    return make_claim_code(customer=customer, officer=real_world.pia.user, by=PORTAL)


def test_a_printed_code_connects_an_account(code, visit):
    one = open_scriptless(SimpleNamespace(user=make_user("twins@example.com")))
    one.go("/")
    one.see("We need to talk to you first")
    assert faults_of_drawn(one, visit()) == []
    one.follow("Use a code from us")
    one.fill("Your code", "wrong")
    one.press("Continue")
    one.see("There is a problem")

    one.fill("Your code", code.lower().replace("-", " "))
    one.press("Continue")

    one.see("This is now your record")


def test_an_unknown_address_reads_three_ways_on(real_world, visit):
    one = open_scriptless(SimpleNamespace(user=make_user("new@example.com")))
    one.go("/")
    one.see("We have no record under this address")
    assert faults_of_drawn(one, visit()) == []
    one.follow("Account")
    one.see("This sign-in is not linked to a record yet")
    one.follow("What you can do")
    ways = one.path
    one.follow("Use a code from us")
    one.go(ways)
    one.press("Use another address")
    one.see("Sign in")
