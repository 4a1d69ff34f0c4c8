"""What is read for the pages about requests: whose, which are open, and until when."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consents.access import selectors
from consents.access.models import AccessRequest, Enquiry
from consents.access.selectors.locking import lock_request_to_answer, read_home, read_one_request, read_request
from consents.access.services import ending
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.rules import Actor
from consents.people.visitors import CUSTOMER_IDLE
from tests.access.asking_form import form_of
from tests.forms import forms_on
from tests.world.cast import PASSWORD, answer, ask, make_purpose, signed_in


def test_it_reads_no_request_of_another_customer(world):
    asked = ask(world)

    for read in (
        lambda: read_request(world.ben.customer.pk, asked.pk, world.ben.user.pk),
        lambda: read_one_request(world.ben.customer.pk, asked.pk),
        lambda: lock_request_to_answer(asked.pk, world.ben.customer.pk),
    ):
        with pytest.raises(Unknown):
            read()
    assert read_home(world.ben.customer.pk, world.ben.user.pk).open == []


def list_open(world) -> set:
    return set(selectors.select_open_requests(world.ada.customer.id, clock.now()).values_list("pk", flat=True))


def test_a_pending_request_is_open_until_its_answer_by_moment(real_world, later):
    waiting = ask(real_world, "orders")
    assert list_open(real_world) == {waiting.pk}

    later(timedelta(days=31))

    assert list_open(real_world) == set()


def test_running_access_is_open_until_its_time_is_over(real_world, later):
    running = answer(real_world, ask(real_world, "orders", "contact"), "all")
    assert list_open(real_world) == {running.pk}

    later(timedelta(days=31))

    assert list_open(real_world) == set()


def test_denied_stopped_and_cancelled_requests_are_not_open(real_world):
    answer(real_world, ask(real_world, "orders"), "none")
    stopped = answer(real_world, ask(real_world, "contact"), "all")
    ending.stop_access(access_request=stopped.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor)

    assert list_open(real_world) == set()


def test_open_requests_are_those_of_this_customer_and_purpose(real_world):
    other = make_purpose("calls", "Call you", list(real_world.categories.values()), real_world.pia.user)
    waiting = [ask(real_world, "orders"), ask(real_world, "contact", member=real_world.kim)]
    elsewhere = ask(real_world, "orders", version=other.pk)
    ask(real_world, "orders", customer=real_world.ben)

    assert list_open(real_world) == {row.pk for row in [*waiting, elsewhere]}
    withdrawing.withdraw_consent(customer=real_world.ada.customer.id, purpose="calls", by=real_world.ada.actor)
    assert list_open(real_world) == {row.pk for row in waiting}


# A sentence tells what ended, and what still runs stands beside it with the button that stops it.

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


@pytest.fixture
def answer_too_late(world, monkeypatch):
    """`answer_too_late(decision=...)`: Ada reads for longer than her session lasts, and answers; her browser and where
    it is led."""
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save(update_fields=["password"])
    ada, request, real = signed_in(world.ada.user), ask(world, "contact", "orders"), timezone.now

    def send(**chosen):
        form = form_of(ada, request) | chosen
        monkeypatch.setattr(
            "consents.people.visitors.timezone.now", lambda: real() + timedelta(seconds=CUSTOMER_IDLE + 60)
        )
        return ada, ada.post(reverse("access:answer", args=[request.pk]), form)

    return send


def sign_in(browser, world, address: str):
    return browser.post(address, {"login": world.ada.user.email, "password": PASSWORD}, follow=True)


def test_a_part_is_still_chosen(world, answer_too_late):
    orders = str(world.categories["orders"].pk)
    ada, ended = answer_too_late(decision="part", categories=[orders], duration="3600")
    assert "What you typed is kept: sign in" in ada.get(ended.url).text
    back = sign_in(ada, world, ended.url)
    (form,) = forms_on(back, "reopened")
    page = ada.post(form.action, form.fields)

    assert "What you typed is kept" in back.text and page.status_code == 200
    (shown,) = forms_on(page, "digest")
    assert (shown.fields["decision"], shown.fields["categories"]) == ("part", orders)


def test_a_no_is_not_sent_by_itself(world, answer_too_late):
    ada, ended = answer_too_late(decision="none")
    (form,) = forms_on(sign_in(ada, world, ended.url), "reopened")
    ada.post(form.action, form.fields)

    assert AccessRequest.objects.get().state == "pending"


def test_a_question_is_kept_too_and_what_is_not_is_said(world, monkeypatch):
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save(update_fields=["password"])
    ada, request, real = signed_in(world.ada.user), ask(world, "contact"), timezone.now
    late = real() + timedelta(seconds=CUSTOMER_IDLE + 60)
    ada.get("/")
    with monkeypatch.context() as patch:
        patch.setattr("consents.people.visitors.timezone.now", lambda: late)
        ended = ada.post(reverse("access:question", args=[request.pk]), {"words": "Why my address?"})
    (form,) = forms_on(sign_in(ada, world, ended.url), "reopened")
    page = ada.post(form.action, form.fields)

    assert "Why my address?" in page.text and not Enquiry.objects.exists()
    with monkeypatch.context() as patch:
        patch.setattr("consents.people.visitors.timezone.now", lambda: late)
        lost = ada.post(reverse("access:remind", args=[request.pk]), follow=True)
    assert "You were signed out" in lost.text and "What you pressed last was not done." in lost.text
