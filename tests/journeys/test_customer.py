"""The customer in a browser: answer, stop, choose, withdraw, within the click budget."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from consents.access.models import Grant
from consents.catalogue.models import Usage
from consents.choices.models import Choice
from tests.journeys.browsing import give_password
from tests.world.cast import PASSWORD, answer, ask, make_purpose


@pytest.fixture
def ada(real_world, visit, script):
    give_password(real_world.ada.user)
    one = visit(script=script)
    one.sign_in("ada@example.com")
    return one


def test_she_allows_part_of_it_and_stops_it_in_one_click(real_world, ada):
    ask(real_world)
    ada.go("/")
    ada.follow("Read and answer")
    assert ada.page.locator("input:checked").count() == 0

    ada.page.get_by_label("Allow part of it").check()
    ada.page.get_by_label("Orders").check()
    ada.press("Save my answer")
    ada.see("Check your answer")
    ada.press("Confirm: allow this")
    ada.see("Your answer is saved")
    assert [grant.category.code for grant in Grant.objects.all()] == ["orders"]

    ada.go("/")
    ada.press("Stop access")
    ada.see("can no longer see this for the request")
    assert Grant.objects.get().end == "stopped"


def test_she_says_no_in_two_clicks(real_world, ada):
    request = ask(real_world)
    ada.go(f"/requests/{request.pk}/")

    ada.page.get_by_label("Do not allow").check()
    ada.press("Save my answer")

    ada.see("Your answer is saved")
    request.refresh_from_db()
    assert request.state == "denied"
    ada.go(f"/requests/{request.pk}/")
    ada.press("Let them ask again")
    ada.page.get_by_role("button", name="Let them ask again").wait_for(state="detached")


def test_what_she_typed_goes_along_to_the_sign_in_when_her_session_ends(real_world, visit, monkeypatch):
    give_password(real_world.ada.user)
    request, ada, real = ask(real_world), visit(), timezone.now
    ada.sign_in("ada@example.com")
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


def test_an_empty_answer_says_what_to_do(real_world, ada):
    request = ask(real_world)
    ada.go(f"/requests/{request.pk}/")

    ada.press("Save my answer")

    ada.see("There is a problem")
    assert ada.page.title().startswith("Error:")


def test_she_gives_and_withdraws_consent_in_two_clicks_each(real_world, ada):
    make_purpose("offers", "Send you offers", [real_world.categories["contact"]], real_world.pia.user, Usage.STANDING)
    ada.go("/choices/")
    card = ada.page.locator("#purpose-offers")
    card.get_by_role("link", name="Give consent").click()
    ada.press("I agree")
    ada.see("You agreed")
    assert Choice.objects.get(purpose__code="offers").status == "ConsentGiven"

    ada.go("/choices/")
    card.get_by_role("link", name="Withdraw consent").click()
    ada.press("Withdraw")
    ada.see("You withdrew consent")
    assert Choice.objects.get(purpose__code="offers").status == "ConsentWithdrawn"


def test_the_answers_weigh_the_same(real_world, visit):
    give_password(real_world.ada.user)
    request = ask(real_world)
    one = visit()
    one.sign_in("ada@example.com")
    one.go(f"/requests/{request.pk}/")

    looks = one.page.eval_on_selector_all(
        "#answer > fieldset > .choice > label",
        "labels => labels.map(l => { const s = getComputedStyle(l);"
        " return [s.fontSize, s.fontWeight, s.color, s.backgroundColor, l.getBoundingClientRect().height] })",
    )

    assert len(looks) == 3
    assert looks[0] == looks[1] == looks[2]


def test_focus_and_live_text_follow_a_stop(real_world, visit):
    give_password(real_world.ada.user)
    answer(real_world, ask(real_world))
    one = visit()
    one.sign_in("ada@example.com")
    one.go("/")

    one.press("Stop access")
    one.see("can no longer see this for the request")

    expect(one.page.locator("[data-focus]")).to_be_focused()
