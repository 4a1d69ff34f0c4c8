"""Rights under European law, under California's, and without an account."""

import pytest

from consents.law.reasons import Reason
from consents.rights.models import RightsRequest
from consents.rights.rules import Format, Outcome, Reply
from tests.journeys.browsing import Clicks
from tests.journeys.opening import count_ticked, open_for, open_scriptless
from tests.journeys.scriptless import AnyVisit, ScriptlessVisit
from tests.world import rights_requests as requests
from tests.world.choices import make_sale
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
