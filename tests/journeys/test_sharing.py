"""Two who share an account: the second yes opens it, and one stops it; or one says no."""

import pytest

from tests.journeys.judging import faults_of
from tests.world.cast import ask, signed_in
from tests.world.holders import share_account


@pytest.fixture
def mia(real_world):
    return share_account(real_world)


def enter(browser, who) -> None:
    session = signed_in(who.user).cookies["portal"].value
    browser.context.add_cookies([{"name": "portal", "value": session, "url": browser.base}])


def choose(browser, request, label: str) -> None:
    browser.go(f"/requests/{request.pk}/")
    browser.page.get_by_label(label, exact=True).check()
    browser.press("Save my answer")


def test_both_say_yes_and_one_stops_it(real_world, mia, visit, script):
    request = ask(real_world, "orders")
    first, second = visit(script=script, width=390), visit(script=script)
    enter(first, real_world.ada)
    enter(second, mia)
    choose(first, request, "Allow")
    first.see("the yes of mi•••@example.com is there too")
    first.press("Confirm: allow this")
    first.see("You said yes")
    assert not script or not faults_of(first, f"/requests/{request.pk}/")
    choose(second, request, "Allow")
    second.press("Confirm: allow this")
    second.see("Your answer is saved")
    first.go("/")
    first.press("Stop access")
    first.see("can no longer see this for the request")
    second.go(f"/requests/{request.pk}/")
    second.see("can no longer see this for the request")


def test_one_says_no(real_world, mia, visit, script):
    request = ask(real_world, "orders")
    first, second = visit(script=script), visit(script=script, width=390)
    enter(first, real_world.ada)
    enter(second, mia)
    choose(first, request, "Allow")
    first.press("Confirm: allow this")
    first.see("You said yes")
    choose(second, request, "Do not allow")
    second.see("Your answer is saved")
    first.go(f"/requests/{request.pk}/")
    first.see("Joint account holder mi•••@example.com did not allow this.")
