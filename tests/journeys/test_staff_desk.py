"""The working day of staff: nothing typed is lost, and an answer finds who waits for it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Response

from consents.access.models import AccessRequest
from consents.access.services import asking
from consents.people import visitors
from consents.people.models import StaffMember
from consents.rights.models import Draft
from tests.journeys.browsing import enter, give_password
from tests.journeys.judging import faults_of
from tests.journeys.opening import faults_of_drawn, open_scriptless
from tests.world.cast import PASSWORD, answer, ask, signed_in
from tests.world.rights_requests import by_staff, file, search

LETTER = "We looked at every parcel twice."


@pytest.fixture
def asked(real_world):
    request = file(real_world.ada)
    search(real_world, request)
    return request


def test_a_letter_survives_the_browsers_back_and_the_preview(real_world, visit, asked):
    pia = visit()
    enter(pia, real_world.pia)
    pia.go(f"/admin/rights/rightsrequest/{asked.pk}/change/")
    pia.press("Answer")
    pia.page.wait_for_url("**/act/answer/")
    pia.page.get_by_label("In your own words").fill(LETTER)
    pia.page.get_by_label("Done", exact=True).check()
    pia.press("Show it as the customer will read it")
    pia.see("As the customer will read it")

    pia.page.go_back()
    assert pia.page.get_by_label("In your own words").input_value() == LETTER
    pia.press("Show it as the customer will read it")
    pia.follow("Go back")
    assert pia.page.get_by_label("In your own words").input_value() == LETTER


def keeps(last_word: str) -> Callable[[Response], bool]:
    """Who pauses amid a letter has the half of it kept before."""
    return lambda response: response.url.endswith("/draft/") and last_word in (response.request.post_data or "")


def test_what_is_being_typed_is_kept_without_a_press_and_disturbs_nobody_where_it_cannot_be(real_world, visit, asked):
    pia = visit()
    enter(pia, real_world.pia)
    act = f"/admin/rights/rightsrequest/{asked.pk}/act/answer/"
    pia.go(act)
    refused = {"status": 409, "content_type": "text/html", "body": "<!doctype html><title>Busy</title>"}
    pia.page.route("**/draft/", lambda route: route.fulfill(**refused))
    letter = pia.page.get_by_label("In your own words")
    with pia.page.expect_response(keeps("twice.")):
        letter.press_sequentially(LETTER)
    pia.page.evaluate("new Promise((done) => setTimeout(() => requestAnimationFrame(done)))")
    assert (pia.path, letter.input_value()) == (act, LETTER)
    assert letter.evaluate("field => field === document.activeElement")
    assert [text for text in pia.messages if "409" not in text] == []
    pia.messages.clear()

    pia.page.unroute("**/draft/")
    with pia.page.expect_response(keeps("more.")):
        letter.press_sequentially(" And once more.")
    assert Draft.objects.exists()
    pia.go("/admin/")
    pia.go(act)
    assert letter.input_value() == f"{LETTER} And once more."


def test_the_end_of_a_session_is_announced_and_takes_nothing(real_world, visit, monkeypatch):
    monkeypatch.setattr(visitors, "STAFF_IDLE", 121)
    give_password(real_world.pia.user)
    pia = visit()
    enter(pia, real_world.pia)
    pia.go("/admin/rights/rightsrequest/add/")
    pia.page.get_by_label("What they said").fill(LETTER)
    pia.page.get_by_role("dialog").wait_for(state="visible")
    pia.see("You will be signed out in 2 minutes")

    real = timezone.now
    monkeypatch.setattr("consents.people.visitors.timezone.now", lambda: real() + timedelta(minutes=20))
    pia.page.evaluate("document.querySelector('#session-end').close()")
    pia.page.evaluate("document.querySelector('main form').requestSubmit()")
    form = pia.page.locator("form", has=pia.page.locator("input[type=password]"))
    form.wait_for()
    monkeypatch.undo()
    form.locator("input[name=login]").fill("pia@example.com")
    form.locator("input[type=password]").fill(PASSWORD)
    form.locator("button").first.click()
    pia.see("What you typed is kept")
    pia.press("Continue")
    assert pia.page.get_by_label("What they said").input_value() == LETTER


def test_an_answer_finds_who_waits_for_it_on_whatever_page(real_world, visit):
    waiting = ask(real_world, "orders")
    sam = visit()
    enter(sam, real_world.sam)
    sam.go("/admin/")
    answer(real_world, waiting, "all")

    sam.go("/admin/your-training/")

    sam.see("1 request was answered.")
    sam.page.wait_for_function("document.title.startsWith('(1) ')")
    sam.follow("My requests")
    sam.go("/admin/your-training/")
    sam.page.wait_for_load_state("networkidle")
    assert not sam.page.title().startswith("(1)")


def test_an_officer_goes_from_what_waits_to_the_list_and_keeps_it(real_world, visit, asked):
    pia = open_scriptless(real_world.pia)
    pia.go("/admin/")
    pia.follow("1 privacy request of yours")
    pia.fill("Keep this list as", "Mine")
    pia.tick("Open the list with it")
    pia.press("Keep")
    pia.see("Saved.")

    pia.go("/admin/rights/rightsrequest/")
    assert pia.path.endswith("?waits=own")
    pia.see(asked.number)
    pia.go("/admin/rights/rightsrequest/views/")
    assert faults_of_drawn(pia, visit()) == []


def test_who_got_no_answer_finds_the_case_and_asks_again(real_world):
    waiting = ask(real_world, "orders", case_number="C-77")
    asking.cancel_access_request(access_request=waiting.pk, member=real_world.sam, by=by_staff(real_world.sam))
    sam = open_scriptless(real_world.sam)
    sam.go("/admin/access/accessrequest/")
    sam.fill("Case, customer number or email address", "c-77")
    sam.press("Find")
    sam.follow("Cancelled")
    sam.follow("Ask again with changes")
    sam.fill("In one plain sentence", "You wrote to us about a chair.")
    sam.press("Ask the customer")

    sam.see("Filed. The customer finds it on their page")
    assert AccessRequest.objects.filter(case_number="C-77").count() == 2


def test_pages_that_everybody_has_stand_in_the_staff_site(real_world, visit):
    pia, client = visit(), signed_in(real_world.pia.user)
    enter(pia, real_world.pia)
    assert faults_of(pia, "/admin/nowhere/") == []
    assert pia.page.locator("#user-tools").is_visible() and not pia.page.locator(".site-nav").count()
    pia.messages.clear()  # the browser itself remarks on a 404

    # The others are judged in test_every_page.
    for path in ("/accounts/2fa/", "/accounts/email/", "/unsent/"):
        page = client.get(path).text
        assert 'id="user-tools"' in page and 'class="site-nav"' not in page, path


def test_two_officers_let_an_officer_in(real_world, visit):
    otto = open_scriptless(real_world.otto)
    otto.go("/admin/people/staffmember/")
    otto.follow("Invite a colleague")
    otto.fill("Email address at work", "noa@example.com")
    otto.fill("First name", "Noa")
    otto.tick("Privacy officer")
    otto.fill("Team", "Privacy")
    otto.press("Invite")
    otto.see("They are told by email how to sign in.")
    otto.follow("Waits for another officer: becomes an officer")
    otto.see("another officer must check it")

    pia = open_scriptless(real_world.pia)
    pia.go("/admin/")
    pia.follow("1 change of rights to check")
    pia.follow("Noa")
    pia.press("Approve")
    pia.see("It counts at once")
    pia.press("Approve")
    pia.see("Approved. It counts now.")

    assert StaffMember.objects.get(user__email="noa@example.com").role == "privacy_officer"
    pia.go("/admin/people/staffproposal/")
    assert faults_of_drawn(pia, visit()) == []
