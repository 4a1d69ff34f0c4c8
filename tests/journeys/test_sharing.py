"""Two who share an account: the second yes opens it, and one stops it; or one says no."""

import pytest

from tests.journeys.opening import faults_of_drawn, open_scriptless
from tests.world.cast import ask
from tests.world.holders import share_account


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
