"""What a customer holds in their own hands: whom they block, and what they do when a phone is lost."""

import re

import pytest

from consents.access.models import AccessRequest, Block
from consents.people.models import User
from tests.journeys.browsing import give_password, post_is_delivered
from tests.journeys.opening import open_scriptless
from tests.journeys.scriptless import ScriptlessVisit
from tests.world.cast import answer, ask
from tests.world.proofs import code_in


@pytest.fixture
def ada(real_world) -> ScriptlessVisit:
    return open_scriptless(real_world.ada)


def test_she_blocks_who_asked_and_ends_it(real_world, ada):
    request = ask(real_world)
    ada.go(f"/requests/{request.pk}/")
    ada.follow("Block this person or team")
    ada.press("Block")
    ada.see("There is a problem")
    ada.tick("Only Sam")
    ada.press("Block")

    ada.see("can no longer ask or look")
    ada.see("Sam from Billing Support")
    assert AccessRequest.objects.get().state == "denied"
    ada.press("End the block")
    ada.see("The block has ended")
    assert Block.objects.get().lifted_at


def test_she_lets_nobody_ask_and_staff_read_it_before_the_form(real_world, ada):
    answer(real_world, ask(real_world))
    ada.go("/settings/")
    ada.follow("Blocked")
    ada.press("Let nobody ask or look")
    ada.see("Nobody at all may ask or look")

    sam = open_scriptless(real_world.sam)
    sam.go("/admin/access/accessrequest/add/")
    sam.fill("Customer", "C-1001")
    sam.press("Find")
    sam.see("Only the customer can change that")

    ada.press("Let staff ask again")
    ada.see("The block has ended")


def test_she_signs_out_elsewhere_locks_her_access_and_opens_it_in_two_ways(real_world):
    give_password(real_world.ada.user)
    ada, phone = ScriptlessVisit(), ScriptlessVisit()
    for one in (ada, phone):
        one.sign_in("ada@example.com")
    ada.go("/accounts/sessions/")
    ada.press("Sign out all other devices")
    ada.see("1 device is signed out")
    ada.see("You signed out on other devices.")
    ada.follow("A phone or computer is lost?")
    ada.press("Lock my access now")
    ada.see("Your access is locked")

    ada.sign_in("ada@example.com")
    ada.see("prove in a second way")
    ada.go("/blocks/")
    ada.see("prove in a second way")
    ada.follow("Get a code by email")
    ada.press("Send the code")
    ada.see("We have sent a code")
    ada.fill("Code", code_in(post_is_delivered()[-1].body))
    ada.press("Confirm")
    ada.press("Unlock my access")

    ada.see("Your access is unlocked")
    assert User.objects.get(email="ada@example.com").locked_at is None


def test_she_sees_what_they_would_see_before_she_answers(real_world, ada):
    request = ask(real_world, "orders")
    ada.be_proved()
    ada.go(f"/requests/{request.pk}/")
    ada.follow("Show me what they would see")
    ada.press("Show it")
    ada.see("Blue lamp")
    ada.follow("Back to the request")
    ada.see("Your answer")


def test_she_corrects_a_value_and_closes_her_account(real_world, ada):
    ada.be_proved()
    ada.go("/my-data/")
    ada.press("Show it")
    ada.press(re.compile("This is wrong.*Phone"))
    ada.fill("Phone", "555-0188")
    ada.press("Continue")
    ada.see("555-0188 (now: 555-0100)")
    ada.press("Send my request")
    ada.see("Your request has arrived")
    ada.go("/rights/?ask=correction")  # as a wallet or broker leads there, once more
    ada.see("Do we hold several entries of this kind?")

    ada.go("/accounts/close/")
    ada.press("Close my account")
    ada.see("being closed")


def test_she_asks_first_is_reminded_chooses_how_she_is_told_and_reads_the_promises(real_world, ada):
    request = ask(real_world, "orders")
    ada.go(f"/requests/{request.pk}/")
    ada.press("Remind me tomorrow")
    ada.see("We will remind you once")
    ada.follow("Ask Sam from Billing Support a question first")
    ada.press("Send the question")
    ada.see("There is a problem")
    ada.fill("Your question", "Which bill is it?")
    ada.press("Send the question")
    ada.see("Your question is sent")
    ada.see("Which bill is it?")

    ada.go("/settings/looks/")
    ada.tick("Each time, within a few minutes")
    ada.press("Save")
    ada.see("We confirm every change by email.")
    ada.go("/settings/looks/")
    assert ada.is_ticked("Each time, within a few minutes")
    ada.go("/settings/")
    ada.follow("Choose your time zone")
    ada.choose("Time zone", "Asia/Kathmandu")
    ada.press("Save")
    ada.see("in this time zone: Asia/Kathmandu")

    ada.go("/trust/")
    ada.see("What we promise, and how to check it")
