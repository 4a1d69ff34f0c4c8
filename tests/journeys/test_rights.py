"""Rights in a browser, with script and without: under European law, under California's, and without an account."""

import pytest

from consents.law.reasons import Reason
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Format, Outcome
from consents.rights.rules.inputs import Reply
from tests.journeys.browsing import Clicks, give_password
from tests.world import rights_requests as requests
from tests.world.choices import make_sale
from tests.world.proofs import code_in, last_mail


@pytest.fixture
def world(real_world):
    real_world.cal = requests.make_californian()
    for one in (real_world.ada, real_world.cal):
        give_password(one.user)
    return real_world


@pytest.fixture
def begin(world, visit, script):
    """A browser of somebody, signed in or not."""

    def open_for(email: str = ""):
        one = visit(script=script)
        if email:
            one.sign_in(email)
            one.be_proved()
        return one

    return open_for


def test_a_copy_from_the_asking_to_the_answer(world, begin):
    ada = begin("ada@example.com")
    ada.go("/rights/")
    clicks = Clicks(ada)
    clicks.link("Choose", within=".row:has(#right-access)")
    assert not ada.page.locator("input:checked").count()
    ada.page.get_by_label("From the beginning until now").check()
    clicks.button("Continue")
    ada.page.get_by_label("In your own words").fill("My orders, please.")
    clicks.button("Continue")
    ada.see("Check your request")
    clicks.button("Send my request")
    ada.see("Your request has arrived")

    filed = RightsRequest.objects.get()
    ada.see(filed.number)
    assert clicks.count == 2 + 2  # to begin and to send; one more for each answer
    assert filed.verification_level == "session_reauth"  # she has just proved it

    requests.search(world, filed)
    requests.answer(world, filed)
    ada.go("/rights/")
    ada.follow("Get a copy of my data")
    ada.see("Here it is.")


def test_a_change_keeps_the_other_answers(begin):
    ada = begin("ada@example.com")
    ada.go("/rights/access/")
    ada.page.get_by_label("From the beginning until now").check()
    ada.press("Continue")
    ada.page.get_by_label("In your own words").fill("My orders, please.")
    ada.press("Continue")
    ada.press("Change")  # the first of them: the time
    ada.page.get_by_label("Only a certain period").check()
    ada.page.get_by_label("First day").fill("2026-01-01")
    ada.press("Continue")
    ada.see("From 1 January 2026")
    ada.see("My orders, please.")


def test_california_corrects_and_stops_a_sale(world, begin):
    make_sale(world)
    cal = begin("cal@example.com")
    cal.go("/rights/")
    Clicks(cal).link("Choose", within=".row:has(#right-correction)")
    cal.page.get_by_label("Contact details").check()
    cal.press("Continue")
    cal.page.get_by_label("Phone").fill("555-0188")
    cal.press("Continue")
    cal.see("Phone: 555-0188")
    cal.press("Send my request")
    cal.see("Your request has arrived")

    cal.go("/rights/")
    clicks = Clicks(cal)
    clicks.link("Choose", within=".row:has(#right-opt-out)")
    clicks.button("Do not sell or share")
    cal.see("Opt-out request honored")
    assert clicks.count == 2
    done = RightsRequest.objects.get(request_type="sale:opt_out")
    assert (done.outcome, done.identity_needed) == ("complied_whole", "not_required")


def test_a_visitor_without_an_account_asks_for_a_right(world, begin):
    eve = begin()
    eve.go("/rights/")
    eve.page.get_by_label("Where do you live?").select_option("US-CA")
    eve.press("Show my rights")
    Clicks(eve).link("Choose", within=".row:has(#right-deletion)")
    eve.see("If you choose all of your data")
    eve.page.get_by_label("All of my data").check()
    eve.press("Continue")
    eve.press("Continue")  # nothing more to say
    eve.page.get_by_label("Your name").fill("Eve")
    eve.page.get_by_label("Email address").fill("eve@nowhere")
    eve.press("Continue")
    eve.see("This is no email address.")
    eve.page.get_by_label("Email address").fill("eve@example.com")
    eve.press("Continue")
    eve.page.get_by_label("I ask for myself").check()
    eve.press("Continue")
    eve.press("Send my request")
    eve.see("We have sent a code")
    eve.page.get_by_label("Code from our email").fill(code_in(last_mail()))
    eve.press("Send my request")
    eve.see("Your request has arrived")

    filed = RightsRequest.objects.get()
    eve.see(filed.number)
    assert (filed.customer, filed.regime, filed.channel) == (None, "ccpa", "webform")


def test_a_refusal_is_looked_at_again_and_an_open_one_taken_back(world, begin):
    refusal = Reply(Outcome.DENIED, Format.DOWNLOAD, "The bill is right.", Reason.LEGAL, "GDPR Art 23")
    refused = requests.answer(world, requests.file(world.ada, "A16"), refusal)
    waiting = requests.file(world.ada)
    ada = begin("ada@example.com")

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
