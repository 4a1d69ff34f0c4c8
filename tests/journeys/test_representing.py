"""A mother comes in with the code from paper, names her child, and answers for her."""

from datetime import date
from types import SimpleNamespace

import pytest

from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from tests.journeys.opening import faults_of_drawn, open_scriptless
from tests.world.cast import ask
from tests.world.claim_codes import make_claim_code


@pytest.fixture
def child(real_world):
    about = {"born_on": date(2018, 5, 1), "country": "DE"}
    return SimpleNamespace(customer=customer_records.open_customer_record(reference="C-2001", by=PORTAL, **about))


def test_a_mother_names_her_child_and_answers_for_her(real_world, child, visit):
    code = make_claim_code(customer=child.customer, officer=real_world.pia.user, capacity="guardian")
    ask(real_world, "contact", customer=child)
    one = open_scriptless(real_world.ada)
    one.go("/claim/")
    one.fill("Your code", code)
    one.press("Continue")
    one.fill("Name", "Nora")
    one.press("Save")
    one.see("1 request about Nora is waiting for you")
    assert faults_of_drawn(one, visit()) == []
    one.press("Act for Nora")
    one.see("You are acting for Nora (customer C-2001).")
    one.follow("Read and answer")
    one.see("wants to see Nora’s data")
    one.tick("Do not allow")
    one.press("Save my answer")
    one.see("Your answer is saved")
