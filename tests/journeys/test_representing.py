"""A mother comes in with the code from paper, names her child, and answers for her."""

from datetime import date
from types import SimpleNamespace

import pytest

from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from tests.journeys.judging import faults_of
from tests.world.cast import ask, signed_in
from tests.world.claim_codes import make_claim_code


@pytest.fixture
def child(real_world):
    about = {"born_on": date(2018, 5, 1), "country": "DE"}
    return SimpleNamespace(customer=customer_records.open_customer_record(reference="C-2001", by=PORTAL, **about))


def test_a_mother_names_her_child_and_answers_for_her(real_world, child, visit, script):
    code = make_claim_code(customer=child.customer, officer=real_world.pia.user, capacity="guardian")
    ask(real_world, "contact", customer=child)
    one = visit(script=script, width=390)
    session = signed_in(real_world.ada.user).cookies["portal"].value
    one.context.add_cookies([{"name": "portal", "value": session, "url": one.base}])
    one.go("/claim/")
    one.page.get_by_label("Your code").fill(code)
    one.press("Continue")
    one.page.get_by_label("Name").fill("Nora")
    one.press("Save")
    one.see("1 request about Nora is waiting for you")
    assert not script or not faults_of(one, "/")
    one.press("Act for Nora")
    one.see("You are acting for Nora (customer C-2001).")
    one.follow("Read and answer")
    one.see("wants to see Nora’s data")
    one.page.get_by_label("Do not allow").check()
    one.press("Save my answer")
    one.see("Your answer is saved")
