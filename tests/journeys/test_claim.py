"""Whom the address alone does not lead in: reads whom to call, and comes in with the code from the paper."""

import pytest

from consents.ledger.rules import PORTAL
from consents.people import services
from tests.cast import make_user, signed_in
from tests.journeys.test_every_page import faults_of


@pytest.fixture
def code(real_world):
    for reference in ["C-3000", "C-3001"]:
        customer = services.open_record(reference=reference, email="twins@example.com", by=PORTAL)
    return services.make_claim_code(customer=customer, officer=real_world.pia.user, by=PORTAL)


def test_a_code_leads_in(code, visit, script):
    one = visit(script=script, width=320)
    session = signed_in(make_user("twins@example.com")).cookies["portal"].value
    one.context.add_cookies([{"name": "portal", "value": session, "url": one.base}])
    one.go("/")
    one.see("We need to talk to you first")
    assert not script or not faults_of(one, "/")
    one.follow("Use a code from us")
    one.page.get_by_label("Your code").fill("wrong")
    one.press("Go on")
    one.see("There is a problem")

    one.page.get_by_label("Your code").fill(code.lower().replace("-", " "))
    one.press("Go on")

    one.see("This is your record now")
