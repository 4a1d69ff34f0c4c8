"""A sentence tells what ended, and what still runs stands beside it with the button that stops it."""

import re

import pytest
from django.urls import reverse

from consents.access.services import ending
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.ledger.rules import Actor
from tests.world.cast import answer, ask, make_purpose, signed_in

ENDED = "Sam from Billing Support can no longer see this for the request: Orders."
RUNS = "Sam from Billing Support can still see for another request: Contact details."


@pytest.fixture
def ada(world):
    return signed_in(world.ada.user)


@pytest.fixture
def two(world):
    """Sam may see orders for one request and contact details for another."""
    calls = make_purpose("calls", "Call you", [world.categories["contact"]], world.pia.user)
    return answer(world, ask(world, "orders")), answer(world, ask(world, "contact", version=calls.pk))


def read(response) -> str:
    return response.content.decode().split("<main")[-1]


def check_says_both(page: str, running) -> None:
    assert ENDED in page and RUNS in page
    assert f'action="{reverse("access:stop", args=[running.pk])}"' in page
    assert not re.search(r"(cannot|can no longer) see your data", page)


@pytest.mark.parametrize("script", [True, False])
def test_after_a_stop(world, ada, two, script):
    stopped, running = two
    headers = {"HX-Request": "true"} if script else {}
    response = ada.post(reverse("access:stop", args=[stopped.pk]), headers=headers, follow=True)

    check_says_both(read(response), running)


def test_a_stop_of_what_had_ended_already_says_how_it_ended(world, ada):
    over = answer(world, ask(world, "orders"))
    ending.end_for_staff(member=world.sam, by=Actor("staff", str(world.pia.pk)))

    card = ada.post(reverse("access:stop", args=[over.pk]), headers={"HX-Request": "true"}).text

    assert "Access had already ended" in card and "The person who asked has left our staff" in card
    assert "Stopped by you" not in card and "Access stopped" not in card and "let them know" not in card


def test_after_consent_was_withdrawn(world, ada, two):
    ended, running = two
    choices_answering.give_consent(
        customer=world.ada.customer.pk, purpose="support", version=world.version.pk, by=world.ada.actor
    )

    page = read(ada.post("/choices/support/withdraw/", follow=True))
    check_says_both(page, running)
    check_says_both(read(ada.get(reverse("access:request", args=[ended.pk]))), running)
    check_says_both(read(ada.get("/choices/withdrawn/")), running)


def test_a_withdrawal_that_ended_no_access_says_nothing_of_access(world, ada):
    choices_answering.give_consent(
        customer=world.ada.customer.pk, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    withdrawing.withdraw_consent(customer=world.ada.customer.pk, purpose="support", by=world.ada.actor)

    for address in ("/choices/support/saved/", "/choices/withdrawn/"):
        assert not re.search("has ended|can no longer see|can still see", read(ada.get(address)))


def test_a_no_to_another_request_says_what_runs_on(world, ada, two):
    _ended, running = two
    denied = answer(world, ask(world, "health"), "none")

    for name in ("request", "answer"):
        page = read(ada.get(reverse(f"access:{name}", args=[denied.pk])))
        assert "got no access for this request" in page or "gets no access for this request" in page
        assert RUNS in page and f'action="{reverse("access:stop", args=[running.pk])}"' in page


def test_what_was_saved_is_shown_as_running_for_as_long_as_it_runs(world, ada, two):
    running, _other = two
    saved, request = (reverse(f"access:{name}", args=[running.pk]) for name in ("answer", "request"))
    assert ada.get(saved).status_code == 200

    ada.post(reverse("access:stop", args=[running.pk]))

    assert ada.get(saved).url == request
