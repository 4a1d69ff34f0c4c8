"""What people do most takes as few presses as was promised. A tick and a file count as one each."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from consents.access.models import AccessRequest, Block, Grant
from consents.copies.services import packages
from consents.disclosures.services import disclose_records
from consents.people.models import User
from tests.journeys.browsing import Clicks, enter, give_password, post_is_delivered
from tests.journeys.opening import open_for, open_scriptless
from tests.journeys.scriptless import ScriptlessVisit
from tests.world.cast import answer, ask, make_purpose, make_recipient
from tests.world.documents import make_pdf
from tests.world.exemptions import by_staff
from tests.world.proofs import code_in
from tests.world.rights_requests import PHONE, file, file_correction

# What a customer holds in their own hands: whom they block, and what they do when a phone is lost.


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


class Presses(Clicks):
    def button(self, name: str) -> None:
        """Some say more to a screen reader than to the eye."""
        self.one.press(name)
        self.count += 1

    def tick(self, label: str, *, exact: bool = False) -> None:
        self.one.tick(label, exact=exact)
        self.count += 1

    def choose_files(self, label: str, *files: tuple[str, bytes]) -> None:
        chosen = [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
        self.one.page.get_by_role("button", name=label).set_input_files(chosen)
        self.count += 1


@pytest.fixture
def begin(real_world, visit):
    """`begin(path)`: Ada, who has just signed in, on that page, and the count of her presses from there."""
    one = visit(width=390)
    enter(one, real_world.ada)

    def start(path: str = "/") -> Presses:
        one.go(path)
        return Presses(one)

    return start


def test_answers_and_looks_take_few_presses(real_world, begin):
    ask(real_world, "contact", member=real_world.kim)
    deny = begin()
    deny.link("Read and answer")
    deny.tick("Do not allow")
    deny.button("Save my answer")
    deny.one.see("Your answer is saved")
    assert AccessRequest.objects.get().state == "denied"

    asked = ask(real_world, "orders", "health")
    part = begin()
    part.link("Read and answer")
    assert not part.one.page.locator("input:checked").count()
    part.tick("Allow part of it")
    part.tick("Orders")
    part.button("Save my answer")
    part.button("Confirm: allow this")
    part.one.see("Your answer is saved")

    disclose_records(grant=asked.grants.get().pk, staff=real_world.sam.pk, by=by_staff(real_world.sam))
    stop = begin()
    stop.button("Stop access")
    stop.one.see("can no longer see this for the request")
    expect(stop.one.page.locator("[data-focus]")).to_be_focused()

    looked = begin()
    looked.link("Who looked")
    looked.link("Last 30 days", near="main")
    looked.one.see("Opened: Orders")

    assert [(grant.category.code, grant.end) for grant in Grant.objects.all()] == [("orders", "stopped")]
    assert (part.count, stop.count, deny.count, looked.count) == (5, 1, 3, 2)


def test_a_copy_and_the_end_of_the_account_take_few_presses(real_world, begin):
    copy = begin()
    copy.link("Your rights")
    copy.link("Choose", near="right-access")
    copy.tick("From the beginning until now")
    copy.button("Continue")
    copy.button("Continue")
    copy.button("Send my request")
    copy.one.see("One step is left")  # the one proof: that it was she who asked
    copy.one.page.get_by_label("Code").fill(code_in(post_is_delivered()[-1].body))
    asked = copy.count
    copy.button("Confirm my request")
    copy.one.see("Thank you. We now work on your request.")

    close = Presses(open_scriptless(real_world.ada))
    close.one.be_proved()  # as by the code for the copy
    close.one.go("/")
    close.link("Account")
    close.link("Close my account")
    close.button("Close my account")
    close.one.see("being closed")

    assert (asked, copy.count - asked, close.count) == (6, 1, 3)


def test_a_copy_with_two_files_is_sent_in_ten_presses(real_world, visit):
    request, one = file(real_world.ada), open_for(real_world.pia, visit)
    one.go("/admin/rights/rightsrequest/")
    officer = Presses(one)
    officer.link(request.number)
    officer.link("Files for the copy")
    one.page.get_by_label("System").fill("The shop")
    officer.choose_files("Files", ("calls.pdf", make_pdf()), ("notes.txt", b"Called about a lamp.\n" * 20_000))
    officer.button("Add to the copy")
    one.see("files/The shop/notes.txt")
    officer.link("Go on to the answer")
    one.page.get_by_label("In your own words").fill("Here is all of it.")
    officer.tick("Done", exact=True)
    officer.button("Show it as the customer will read it")
    officer.button("Answer")
    one.see("Answered, and the customer is told.")

    packages.make_package(rights_request=request.pk)
    archive = packages.download_package(
        rights_request=request.pk, part="all", acting=real_world.ada.acting, by=real_world.ada.actor
    )
    assert len(ZipFile(BytesIO(b"".join(archive))).namelist()) == 4
    assert officer.count <= 10


def test_a_correction_that_four_recipients_hear_of_takes_eight_presses(real_world):
    four = [make_recipient(name) for name in ("bank", "carrier", "printer", "shop")]
    contact = [real_world.categories["contact"]]
    make_purpose("deliver", "Deliver", contact, real_world.pia.user, recipients=four, legal_basis="A6-1-b")
    request, one = file_correction(real_world.ada, proposals=[PHONE]), open_scriptless(real_world.pia)
    one.go(f"/admin/rights/rightsrequest/{request.pk}/change/")
    officer = Presses(one)
    officer.button("Look at the proposed values")
    officer.button("Save it in the vault")
    officer.button("Save it in the vault")
    officer.tick("Done", exact=True)
    officer.button("Show it as the customer will read it")
    officer.button("Answer")
    officer.tick("by letter")
    officer.button("Note who was told")
    one.see("On record.")

    assert request.recipientnotice_set.exclude(told_on=None).count() == 4 and officer.count == 8
