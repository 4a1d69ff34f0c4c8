"""What a customer typed is kept over every way a session can end, for its sender alone, and never sent by itself."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from consents.access.models import AccessRequest, Enquiry
from consents.ledger.rules import PORTAL
from consents.people.models import Acting
from consents.people.services import claiming, customer_records
from consents.people.visitors import CUSTOMER_IDLE
from consents.rights.models import RightsRequest
from tests.forms import forms_on
from tests.world.cast import PASSWORD, answer, ask, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.scene_fixtures import scene

WORDS = "Why do you need my address?"
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def ada(world):
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save(update_fields=["password"])
    ada = signed_in(world.ada.user)
    ada.get("/")
    return ada


@pytest.fixture
def question(world):
    return reverse("access:question", args=[ask(world, "contact").pk])


@scene
def nora(world) -> Acting:
    """Ada is her mother."""
    child = customer_records.open_customer_record(reference="C-2001", by=PORTAL, born_on=date(2018, 5, 1), country="DE")
    code = make_claim_code(customer=child, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=world.ada.user, code=code, by=world.ada.actor)
    return world.ada.user.actings.get(customer=child)


def be_away(monkeypatch) -> None:
    late = timezone.now() + timedelta(seconds=CUSTOMER_IDLE + 60)
    monkeypatch.setattr("consents.people.visitors.timezone.now", lambda: late)


def sign_in(browser, who, led_to):
    """Return the page after the sign-in that the browser was led to."""
    assert "next=%2Funsent%2F" in led_to.url
    return browser.post(led_to.url, {"login": who.user.email, "password": PASSWORD}, follow=True)


def go_on(browser, page):
    (form,) = forms_on(page, "reopened")
    return browser.post(form.action, form.fields)


def test_the_page_of_a_right_is_kept(world, ada, monkeypatch):
    page = reverse("rights:ask", args=["access"])
    (form,) = forms_on(ada.get(page), "done")
    be_away(monkeypatch)
    ended = ada.post(page, form.fields | {"words": WORDS, "done": ["period", "words"], "send": "1"})
    monkeypatch.undo()

    again = go_on(ada, sign_in(ada, world.ada, ended))

    assert WORDS in again.text and not RightsRequest.objects.exists()


def test_the_dialog_of_the_end_promises_it_where_the_form_is_kept(world, ada, question):
    kept = [question, "/rights/access/", reverse("access:request", args=[AccessRequest.objects.get().pk])]
    lost = ["/blocks/", "/settings/looks/", "/"]

    assert [path for path in (*kept, *lost) if "<form data-kept " in ada.get(path).text] == kept
    assert all(getattr(resolve(path).func, "is_form_kept", False) for path in kept[:2])


def test_the_dialog_of_the_end_sends_the_form_to_be_kept(world, ada, question, monkeypatch):
    assert 'data-keep-url="/unsent/"' in ada.get(question).text
    be_away(monkeypatch)
    ended = ada.post(f"/unsent/?of={question}", {"words": WORDS})
    monkeypatch.undo()

    assert WORDS in go_on(ada, sign_in(ada, world.ada, ended)).text and not Enquiry.objects.exists()


def test_a_form_is_kept_when_the_session_is_long_gone(world, ada, question):
    Session.objects.all().delete()

    ended = ada.post(question, {"words": WORDS})

    assert WORDS in go_on(ada, sign_in(ada, world.ada, ended)).text


def test_what_is_pressed_when_the_session_is_long_gone_is_said_not_to_be_done(world, ada):
    request = answer(world, ask(world, "contact"))
    Session.objects.all().delete()

    for act in ("access:stop", "access:ask_again"):
        ended = ada.post(reverse(act, args=[request.pk]))
        assert (
            ended.url == "/accounts/login/?ended=1" and "What you pressed last was not done." in ada.get(ended.url).text
        )
    assert "ended" not in Client().post(reverse("access:stop", args=[request.pk])).url
    assert ada.post("/opt-out/").url == "/opt-out/" and ada.post("/nowhere/").status_code == 404
    assert request.grants.get().ended_at is None


def test_who_presses_sign_out_too_late_is_not_told_that_it_was_not_done(ada, monkeypatch):
    be_away(monkeypatch)

    assert ada.post("/accounts/logout/").url == "/accounts/login/"


def test_a_form_of_a_page_from_before_a_new_sign_in_is_kept(world, question):
    ada = Client(enforce_csrf_checks=True)
    ada.force_login(world.ada.user)
    form = forms_on(ada.get(question), "words")[0].fields | {"words": WORDS}
    ada.cookies.pop(settings.CSRF_COOKIE_NAME)
    ada.get(question)

    elsewhere = ada.post(question, form, headers={"Sec-Fetch-Site": "cross-site"})
    sent = ada.post(question, form, headers=FROM_OUR_PAGE)

    assert elsewhere.status_code == 403 and sent.url == "/unsent/"
    assert WORDS in go_on(ada, ada.get(sent.url)).text
    assert not Enquiry.objects.exists()


def test_it_is_not_kept_for_whoever_signed_in_instead(world, ada, question):
    form = forms_on(ada.get(question), "words")[0].fields | {"words": WORDS}
    ben = Client(enforce_csrf_checks=True)
    ben.force_login(world.ben.user)

    assert ben.post(question, form, headers=FROM_OUR_PAGE).status_code == 403
    ben.logout()
    assert "unsent" not in ben.post(question, form, headers=FROM_OUR_PAGE).headers.get("Location", "")


def test_what_was_typed_for_a_child_comes_back_for_the_child(world, ada, nora, monkeypatch):
    ada.post(reverse("people:act_for"), {"acting": nora.pk})
    page = reverse("rights:ask", args=["access"])
    (form,) = forms_on(ada.get(page), "done")
    be_away(monkeypatch)
    ended = ada.post(page, form.fields | {"words": WORDS, "done": ["period", "words"]})
    monkeypatch.undo()

    again = go_on(ada, sign_in(ada, world.ada, ended))

    assert "<form data-kept " in ada.get(reverse("people:choose_name", args=[nora.pk])).text
    assert again.status_code == 200 and WORDS in again.text
    assert f'name="shown_for" value="{nora.pk}"' in again.text


def test_a_form_that_strangers_may_send_leads_nobody_to_the_sign_in(world, ada):
    ada.get("/")
    Session.objects.all().delete()

    assert "login" not in ada.post(reverse("rights:ask", args=["access"]), {"where": "IE"}).headers.get("Location", "")
