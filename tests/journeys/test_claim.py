"""Whom the address alone does not lead in: reads whom to call, and comes in with the code from the paper."""

from types import SimpleNamespace

import pytest

from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from tests.journeys.judging import faults_of_shown
from tests.journeys.opening import open_for
from tests.world.cast import make_user
from tests.world.claim_codes import make_claim_code


@pytest.fixture
def code(real_world):
    for reference in ["C-3000", "C-3001"]:
        customer = customer_records.open_customer_record(reference=reference, email="twins@example.com", by=PORTAL)
    return make_claim_code(customer=customer, officer=real_world.pia.user, by=PORTAL)


def test_a_printed_code_connects_an_account(code, visit, script):
    one = open_for(SimpleNamespace(user=make_user("twins@example.com")), visit, script=script, width=320)
    one.go("/")
    one.see("We need to talk to you first")
    assert not script or not faults_of_shown(one.page)
    one.follow("Use a code from us")
    one.fill("Your code", "wrong")
    one.press("Continue")
    one.see("There is a problem")

    one.fill("Your code", code.lower().replace("-", " "))
    one.press("Continue")

    one.see("This is now your record")


def test_an_unknown_address_reads_three_ways_on(real_world, visit, script):
    one = open_for(SimpleNamespace(user=make_user("new@example.com")), visit, script=script, width=320)
    one.go("/")
    one.see("We have no record under this address")
    assert not script or not faults_of_shown(one.page)
    one.follow("Account")
    one.see("This sign-in is not linked to a record yet")
    one.follow("What you can do")
    ways = one.path
    one.follow("Use a code from us")
    one.go(ways)
    one.press("Use another address")
    one.see("Sign in")
