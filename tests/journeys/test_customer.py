"""The customer who answers nothing and then no, without script (test_main_journey allows and stops, test_receipts gives
and withdraws consent); and what only a browser does with what was typed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consents.access.models import Grant
from tests.journeys.browsing import enter, give_password
from tests.journeys.opening import open_for, open_scriptless, read_text, read_texts
from tests.journeys.scriptless import ScriptlessVisit
from tests.world.cast import PASSWORD, answer, ask


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
