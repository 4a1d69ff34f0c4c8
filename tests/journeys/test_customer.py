"""The customer who answers nothing and then no, without script (test_main_journey allows and stops, test_receipts gives
and withdraws consent); and what only a browser does with what was typed."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from consents.access.models import Grant
from consents.copies.models import Download
from consents.copies.services import packages
from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from tests.journeys.browsing import enter, give_password
from tests.journeys.opening import faults_of_drawn, open_for, open_scriptless, read_text, read_texts
from tests.journeys.scriptless import ScriptlessVisit
from tests.world import rights_requests as requests
from tests.world.cast import PASSWORD, answer, ask, put_in_vault
from tests.world.holders import share_account
from tests.world.proposals import make_guarded_purpose


@pytest.fixture
def ada(real_world) -> ScriptlessVisit:
    return open_scriptless(real_world.ada)


def test_an_empty_answer_says_what_to_do_and_a_no_takes_two_clicks(real_world, ada):
    request = ask(real_world)
    ada.go(f"/requests/{request.pk}/")

    ada.press("Save my answer")
    ada.see("There is a problem")
    assert read_texts(ada, "title")[0].startswith("Error:")

    ada.tick("Do not allow")
    ada.press("Save my answer")

    ada.see("Your answer is saved")
    request.refresh_from_db()
    assert request.state == "denied"
    ada.go(f"/requests/{request.pk}/")
    ada.see("They may not ask for this again yet")
    ada.press("Let them ask again")
    ada.go(f"/requests/{request.pk}/")
    assert "They may not ask for this again yet" not in read_text(ada)


# Of the three answers on the page: how each looks.
LOOKS = """labels => labels.map(label => {
    const { fontSize, fontWeight, color, backgroundColor } = getComputedStyle(label);
    return [fontSize, fontWeight, color, backgroundColor, label.getBoundingClientRect().height];
})"""


def test_all_answers_weigh_the_same_and_an_empty_one_says_what_to_do(real_world, visit):
    one = open_for(real_world.ada, visit)
    one.go(f"/requests/{ask(real_world).pk}/")
    looks = one.page.eval_on_selector_all("#answer > fieldset > .choice > label", LOOKS)
    assert len(looks) == 3
    assert looks[0] == looks[1] == looks[2]

    one.press("Save my answer")

    one.see("There is a problem")
    assert one.page.title().startswith("Error:")


def test_what_she_typed_goes_along_to_the_sign_in_when_her_session_ends(real_world, visit, monkeypatch):
    give_password(real_world.ada.user)
    request, ada, real = ask(real_world), visit(), timezone.now
    enter(ada, real_world.ada)
    ada.page.clock.install()
    ada.go(f"/requests/{request.pk}/question/")
    ada.page.get_by_label("Your question").fill("Which bill?")

    with monkeypatch.context() as later:
        later.setattr("consents.people.visitors.timezone.now", lambda: real() + timedelta(minutes=40))
        ada.page.clock.fast_forward("31:00")
        ada.see("What you typed on this page is kept for you")
        ada.follow("Sign in again")
        form = ada.page.locator("form", has=ada.page.locator("input[type=password]"))
        form.wait_for()
    form.locator("input[name=login]").fill("ada@example.com")
    form.locator("input[type=password]").fill(PASSWORD)
    form.locator("button").first.click()
    ada.see("What you typed is kept")
    ada.press("Continue")
    assert ada.page.get_by_label("Your question").input_value() == "Which bill?"

    ada.go(f"/requests/{request.pk}/block/")
    ada.page.get_by_label("Nobody at all").check()
    ada.page.clock.fast_forward("31:00")
    ada.see("Anything you had not saved is lost.")

    answer(real_world, request, "all")
    ada.go("/")
    monkeypatch.setattr("consents.people.visitors.timezone.now", lambda: real() + timedelta(minutes=80))
    ada.press("Stop access")
    ada.see("What you pressed last was not done.")
    assert not Grant.objects.exclude(ended_at=None).exists()
    assert " 401 " in ada.messages.pop()  # as htmx notes it


SENTENCE = "Two orders went to one address."


def asks(sam) -> None:
    sam.go("/admin/access/accessrequest/add/")
    sam.fill("Customer", "C-1001")
    sam.press("Find")
    sam.see("Customer found")
    sam.choose("What for", "Check for fraud")
    sam.press("Show the data categories")
    sam.tick("Contact details")
    sam.choose("Why now", "fraud_check")
    sam.fill("In one plain sentence", SENTENCE)
    sam.press("Send to my manager")
    sam.see("Sent to your manager")


def agrees(kim, browser) -> None:
    kim.go("/admin/")
    kim.follow("1 request to agree to")
    kim.follow("Waiting for the manager")
    kim.see(SENTENCE)
    record = kim.path
    for page in (record.rpartition("change/")[0] + "act/decline/", "/admin/access/proposedrequest/", record):
        kim.go(page)
        assert faults_of_drawn(kim, browser) == []
    kim.press("Agree")
    kim.see("Agree to this request?")
    kim.press("Agree")
    kim.see("The customer has been asked")


def test_the_manager_agrees_and_the_customer_is_asked(real_world, visit):
    make_guarded_purpose(real_world)
    asks(open_scriptless(real_world.sam))
    ada = open_scriptless(real_world.ada)
    ada.go("/")
    ada.see("Nothing is waiting for you")

    agrees(open_scriptless(real_world.kim), visit())

    ada.go("/")
    ada.see("Sam from Billing Support wants to see your data")
    ada.see(SENTENCE)


@pytest.fixture
def mia(real_world):
    return share_account(real_world)


def choose(one, request, label: str) -> None:
    one.go(f"/requests/{request.pk}/")
    one.tick(label, exact=True)
    one.press("Save my answer")


def test_both_say_yes_and_one_stops_it(real_world, mia, visit):
    request = ask(real_world, "orders")
    first, second = open_scriptless(real_world.ada), open_scriptless(mia)
    choose(first, request, "Allow")
    first.see("the yes of mi•••@example.com is there too")
    first.press("Confirm: allow this")
    first.see("You said yes")
    assert faults_of_drawn(first, visit()) == []
    choose(second, request, "Allow")
    second.press("Confirm: allow this")
    second.see("Your answer is saved")
    first.go("/")
    first.press("Stop access")
    first.see("can no longer see this for the request")
    second.go(f"/requests/{request.pk}/")
    second.see("can no longer see this for the request")


def test_one_says_no(real_world, mia):
    request = ask(real_world, "orders")
    first, second = open_scriptless(real_world.ada), open_scriptless(mia)
    choose(first, request, "Allow")
    first.press("Confirm: allow this")
    first.see("You said yes")
    choose(second, request, "Do not allow")
    second.see("Your answer is saved")
    first.go(f"/requests/{request.pk}/")
    first.see("Joint account holder mi•••@example.com did not allow this.")


CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def answered(world):
    customer = customer_records.open_customer_record(reference="C-7001", by=PORTAL)
    put_in_vault(customer, world.categories["contact"], {"name": "Eve Marker", "phone": "555-0107"})
    request = requests.type_in(world, customer=customer)
    requests.confirm(world, request)
    requests.search(world, request)
    requests.answer(world, request)
    packages.make_package(rights_request=request.pk)
    return request


def test_a_letter_leads_to_the_copy(real_world, visit):
    request, browser = answered(real_world), visit()
    otto = open_scriptless(real_world.otto)
    otto.go("/admin/")
    otto.follow("copy waiting for a code")
    otto.follow(request.number)
    otto.see("an officer other than the one who confirmed the identity must give out a code")
    otto.press("Give out a code")
    otto.press("Show the letter with the code")
    code = CODE.search(read_text(otto))[0]
    assert faults_of_drawn(otto, browser) == []

    eve = ScriptlessVisit()
    eve.go("/rights/")
    eve.follow("Collect your data with a code")
    eve.fill("Number of your request", request.number)
    eve.fill("Your code", "BCDF-GHJK-MNPQ")
    eve.press("Continue")
    eve.see("The number and the code do not match")
    eve.fill("Your code", code.lower())
    eve.press("Continue")
    assert "Eve Marker" in eve.download("Download it to read")
    eve.go("/rights/collect/")
    eve.see("It has already been downloaded")
    assert faults_of_drawn(eve, browser) == []
    eve.press("I am finished")

    eve.go("/rights/collect/")
    eve.see("Number of your request")
    assert Download.objects.count() == 1
