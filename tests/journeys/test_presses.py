"""What people do most takes as few presses as was promised. A tick and a file count as one each."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from consents.access.models import AccessRequest, Grant
from consents.copies.services import packages
from consents.disclosures.services import disclose_records
from tests.journeys.browsing import Clicks, enter, post_is_delivered
from tests.journeys.opening import open_for, open_scriptless
from tests.world.cast import ask, make_purpose, make_recipient
from tests.world.documents import make_pdf
from tests.world.exemptions import by_staff
from tests.world.proofs import code_in
from tests.world.rights_requests import PHONE, file, file_correction


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
