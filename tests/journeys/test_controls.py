"""What a customer holds in their own hands: whom they block, and what they do when a phone is lost."""

import pytest

from consents.access.models import AccessRequest, Block
from consents.people.models import User
from tests.journeys.browsing import give_password, post_is_delivered
from tests.world.cast import answer, ask
from tests.world.proofs import code_in


@pytest.fixture
def ada(real_world, visit, script):
    give_password(real_world.ada.user)
    one = visit(script=script)
    one.sign_in("ada@example.com")
    return one


def test_she_blocks_who_asked_and_ends_it(real_world, ada):
    request = ask(real_world)
    ada.go(f"/requests/{request.pk}/")
    ada.follow("Block this person or team")
    ada.press("Block")
    ada.see("There is a problem")
    ada.page.get_by_label("Only Sam").check()
    ada.press("Block")

    ada.see("can no longer ask or look")
    ada.see("Sam from Billing Support")
    assert AccessRequest.objects.get().state == "denied"
    ada.press("End the block")
    ada.see("The block has ended")
    assert Block.objects.get().lifted_at


def test_she_lets_nobody_ask_and_staff_read_it_before_the_form(real_world, ada, visit):
    answer(real_world, ask(real_world))
    ada.go("/settings/")
    ada.follow("Blocked")
    ada.press("Let nobody ask or look")
    ada.see("Nobody at all may ask or look")

    give_password(real_world.sam.user)
    sam = visit(script=ada.script)
    sam.sign_in("sam@example.com")
    sam.go("/admin/access/accessrequest/add/")
    sam.page.get_by_label("Customer").fill("C-1001")
    sam.press("Find")
    sam.see("Only the customer can change that")

    ada.press("Let staff ask again")
    ada.see("The block has ended")


def test_she_locks_her_access_and_opens_it_in_two_ways(real_world, ada):
    ada.go("/accounts/sessions/")
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
    ada.page.get_by_label("Code").fill(code_in(post_is_delivered()[-1].body))
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


def test_she_corrects_a_value_reads_who_looked_and_closes_her_account(real_world, ada):
    ada.be_proved()
    ada.go("/my-data/")
    ada.press("Show it")
    ada.page.locator('form:has([name="stands_contact.phone"]) button').click()
    ada.page.get_by_label("Phone").fill("555-0188")
    ada.press("Continue")
    ada.see("555-0188 (now: 555-0100)")
    ada.press("Send my request")
    ada.see("Your request has arrived")
    ada.go("/rights/?ask=correction")  # as a wallet or broker leads there, once more
    ada.see("Do we hold several entries of this kind?")

    ada.go("/activity/")
    ada.page.get_by_label("Search").fill("lamp")
    ada.press("Show")
    ada.see("Nothing matches this filter.")

    ada.go("/accounts/close/")
    ada.press("Close my account")
    ada.see("being closed")


def test_she_asks_first_is_reminded_chooses_how_she_is_told_and_reads_the_promises(real_world, ada, visit):
    request = ask(real_world, "orders")
    ada.go(f"/requests/{request.pk}/")
    ada.press("Remind me tomorrow")
    ada.see("We will remind you once")
    ada.follow("Ask Sam from Billing Support a question first")
    ada.press("Send the question")
    ada.see("There is a problem")
    ada.page.get_by_label("Your question").fill("Which bill is it?")
    ada.press("Send the question")
    ada.see("Your question is sent")
    ada.see("Which bill is it?")

    ada.go("/settings/looks/")
    ada.page.get_by_label("Each time, within a few minutes").check()
    ada.press("Save")
    ada.see("We confirm every change by email.")
    ada.go("/settings/looks/")
    assert ada.page.get_by_label("Each time, within a few minutes").is_checked()
    ada.go("/settings/")
    ada.follow("Choose your time zone")
    ada.page.get_by_label("Time zone").select_option("Asia/Kathmandu")
    ada.press("Save")
    ada.see("in this time zone: Asia/Kathmandu")

    phone = visit(script=ada.script)
    phone.sign_in("ada@example.com")
    ada.go("/accounts/sessions/")
    ada.press("Sign out all other devices")
    ada.see("1 device is signed out")
    ada.see("You signed out on other devices.")
    ada.go("/trust/")
    ada.see("What we promise, and how to check it")
