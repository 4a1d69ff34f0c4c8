"""Rights under European law, under California's, and without an account."""

from datetime import date
from types import SimpleNamespace

import pytest

from consents.law.reasons import Reason
from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from consents.rights.models import RightsRequest
from consents.rights.rules import Format, Outcome, Reply
from tests.journeys.browsing import Clicks
from tests.journeys.opening import count_ticked, faults_of_drawn, open_for, open_scriptless
from tests.journeys.scriptless import AnyVisit, ScriptlessVisit
from tests.world import rights_requests as requests
from tests.world.cast import ask, make_user
from tests.world.choices import make_sale
from tests.world.claim_codes import make_claim_code
from tests.world.proofs import code_in, last_mail


def proved(one: AnyVisit) -> AnyVisit:
    """Who has just proved who they are."""
    one.be_proved()
    return one


@pytest.fixture
def ada(real_world) -> AnyVisit:
    return proved(open_scriptless(real_world.ada))


def test_a_copy_from_the_asking_to_the_answer(real_world, ada):
    ada.go("/rights/")
    clicks = Clicks(ada)
    clicks.link("Choose", near="right-access")
    assert not count_ticked(ada)
    ada.tick("From the beginning until now")
    clicks.button("Continue")
    ada.fill("In your own words", "My orders, please.")
    clicks.button("Continue")
    ada.see("Check your request")
    clicks.button("Send my request")
    ada.see("Your request has arrived")

    filed = RightsRequest.objects.get()
    ada.see(filed.number)
    assert clicks.count == 2 + 2  # to begin and to send; one more for each answer
    assert filed.verification_level == "session_reauth"  # she has just proved it

    requests.search(real_world, filed)
    requests.answer(real_world, filed)
    ada.go("/rights/")
    ada.follow("Get a copy of my data")
    ada.see("Here it is.")


def test_a_change_keeps_the_other_answers(ada):
    ada.go("/rights/access/")
    ada.tick("From the beginning until now")
    ada.press("Continue")
    ada.fill("In your own words", "My orders, please.")
    ada.press("Continue")
    ada.press("Change")  # the first of them: the time
    ada.tick("Only a certain period")
    ada.fill("First day", "2026-01-01")
    ada.press("Continue")
    ada.see("From 1 January 2026")
    ada.see("My orders, please.")


def test_california_corrects_and_stops_a_sale(real_world, with_cal, visit):
    make_sale(real_world)
    cal = proved(open_for(real_world.cal, visit))
    cal.go("/rights/")
    Clicks(cal).link("Choose", near="right-correction")
    cal.tick("Contact details")
    cal.press("Continue")
    cal.fill("Phone", "555-0188")
    cal.press("Continue")
    cal.see("Phone: 555-0188")
    cal.press("Send my request")
    cal.see("Your request has arrived")

    cal.go("/rights/")
    clicks = Clicks(cal)
    clicks.link("Choose", near="right-opt-out")
    clicks.button("Do not sell or share")
    cal.see("Opt-out request honored")
    assert clicks.count == 2
    done = RightsRequest.objects.get(request_type="sale:opt_out")
    assert (done.outcome, done.identity_needed) == ("complied_whole", "not_required")


def test_a_visitor_without_an_account_asks_for_a_right(real_world):
    eve = ScriptlessVisit()
    eve.go("/rights/")
    eve.choose("Where do you live?", "US-CA")
    eve.press("Show my rights")
    Clicks(eve).link("Choose", near="right-deletion")
    eve.see("If you choose all of your data")
    eve.tick("All of my data")
    eve.press("Continue")
    eve.press("Continue")  # nothing more to say
    eve.fill("Your name", "Eve")
    eve.fill("Email address", "eve@nowhere")
    eve.press("Continue")
    eve.see("This is no email address.")
    eve.fill("Email address", "eve@example.com")
    eve.press("Continue")
    eve.tick("I ask for myself")
    eve.press("Continue")
    eve.press("Send my request")
    eve.see("We have sent a code")
    eve.fill("Code from our email", code_in(last_mail()))
    eve.press("Send my request")
    eve.see("Your request has arrived")

    filed = RightsRequest.objects.get()
    eve.see(filed.number)
    assert (filed.customer, filed.regime, filed.channel) == (None, "ccpa", "webform")


def test_a_refusal_is_looked_at_again_and_an_open_one_taken_back(real_world, ada):
    refusal = Reply(Outcome.DENIED, Format.DOWNLOAD, "The bill is right.", Reason.LEGAL, "GDPR Art 23")
    refused = requests.answer(real_world, requests.file(real_world.ada, "A16"), refusal)
    waiting = requests.file(real_world.ada)

    ada.go(f"/rights/requests/{refused.number}/")
    ada.see("complain to the data protection authority")
    ada.follow("Ask for a review")
    ada.press("Send")
    ada.see("Being looked at again")

    ada.go(f"/rights/requests/{waiting.number}/")
    clicks = Clicks(ada)
    clicks.link("Withdraw the request")
    clicks.button("Withdraw it")
    ada.see("Withdrawn")
    assert clicks.count == 2


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
