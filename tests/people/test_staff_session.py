"""The end of a staff session takes nothing that was typed, and is announced; a fragment never becomes a page."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consents.access.models import Enquiry
from consents.access.services import enquiring
from consents.people.visitors import STAFF_IDLE
from consents.rights.models import QuestionTemplate, RightsRequest
from tests.forms import forms_on
from tests.world.cast import PASSWORD, ask, signed_in

INTAKE = "/admin/rights/rightsrequest/add/"
CALL = {"request_type": "access", "channel": "phone", "received_on": "2026-01-05", "submitted_by": "self"}
CALL |= {"words": "They want everything from 2019."}
PREVIEW = "/admin/access/accessrequest/preview/"


@pytest.fixture
def end_session(monkeypatch):
    """Let a quarter of an hour pass for whoever is signed in."""
    real = timezone.now

    def pass_time() -> None:
        later = timedelta(seconds=STAFF_IDLE + 60)
        monkeypatch.setattr("consents.people.visitors.timezone.now", lambda: real() + later)

    return pass_time


def sign_in(client: Client, email: str, address: str):
    return client.post(address, {"login": email, "password": PASSWORD}, follow=True)


def test_each_page_of_the_staff_site_warns_before_the_session_ends(world):
    for path in ("/admin/", INTAKE, "/accounts/2fa/"):
        page = signed_in(world.pia.user).get(path).text
        assert f'data-session-seconds="{STAFF_IDLE}"' in page, path


def test_what_was_typed_comes_back_after_signing_in_and_is_not_sent_by_itself(world, end_session):
    world.pia.user.set_password(PASSWORD)
    world.pia.user.save()
    pia = signed_in(world.pia.user)
    assert pia.get(INTAKE).status_code == 200
    end_session()

    ended = pia.post(INTAKE, CALL)
    back = sign_in(pia, world.pia.user.email, ended.url)
    (form,) = forms_on(back, "reopened")
    shown = pia.post(form.action, form.fields)

    assert "next=%2Funsent%2F" in ended.url and form.action == INTAKE
    assert CALL["words"] in shown.text and not RightsRequest.objects.exists()
    assert "There is a problem" not in shown.text


@pytest.mark.parametrize(
    ("method", "address", "headers"),
    [
        ("get", "/help/", {"Sec-Fetch-Dest": "empty"}),
        ("post", f"/admin/rights/rightsrequest/{UUID(int=0)}/act/answer/draft/", {"Sec-Fetch-Dest": "empty"}),
        ("post", PREVIEW, {"HX-Request": "true"}),
    ],
)
def test_what_a_script_sends_after_the_end_takes_nothing_that_was_typed(world, end_session, method, address, headers):
    pia = signed_in(world.pia.user)
    pia.get(INTAKE)
    end_session()

    asked = getattr(pia, method)(address, headers=headers)
    ended = pia.post(INTAKE, CALL)

    assert asked.status_code == 401 and not asked.content
    assert "next=%2Funsent%2F" in ended.url


def test_what_one_person_typed_is_shown_to_no_other(world, end_session):
    pia = signed_in(world.pia.user)
    pia.get(INTAKE)
    end_session()
    pia.post(INTAKE, CALL)
    world.otto.user.set_password(PASSWORD)
    world.otto.user.save()

    page = sign_in(pia, world.otto.user.email, "/accounts/login/?next=/unsent/")

    assert page.request["PATH_INFO"] == "/unsent/" and CALL["words"] not in page.text


def test_a_form_of_another_site_is_not_kept(world, end_session):
    pia = Client(enforce_csrf_checks=True)
    pia.force_login(world.pia.user)
    pia.get(INTAKE)
    end_session()

    assert "next" not in pia.post(INTAKE, CALL).url


def test_what_is_typed_to_sign_in_is_not_kept_and_its_page_does_not_say_so(world, end_session):
    here, elsewhere = signed_in(world.pia.user), signed_in(world.pia.user)
    assert 'data-kept="form"' in here.get("/admin/").text
    assert 'data-kept="[data-kept]"' in elsewhere.get("/accounts/2fa/").text
    end_session()

    for browser, path in ((here, "/accounts/reauthenticate/"), (elsewhere, "/unsent/?of=/accounts/reauthenticate/")):
        assert "next" not in browser.post(path, {"password": PASSWORD}).url


def test_going_on_after_a_sign_in_sends_and_saves_nothing(world):
    sam, pia, asked = signed_in(world.sam.user), signed_in(world.pia.user), ask(world, "contact")
    enquiring.send_enquiry(access_request=asked.pk, words="Why?", acting=world.ada.acting, by=world.ada.actor)
    reply, said = reverse("admin:access_accessrequest_reply", args=[asked.pk]), {"words": "Because your parcel is"}
    drafted = {"code": "which", "about": "scope", "text_en": "Which order?", "_save": "", "reopened": "1"}

    sam.post(f"/unsent/?of={reply}", said)
    kept = sam.get("/unsent/")
    shown = pia.post("/admin/rights/questiontemplate/add/", drafted)

    assert said["words"] in kept.text and f'href="{reply}"' in kept.text and not forms_on(kept, "reopened")
    assert sam.post(reply, said | {"reopened": "1"}).url == "/unsent/"
    assert Enquiry.objects.get().replied_at is None
    assert "Nothing is saved yet" in shown.text and "Which order?" in shown.text
    assert not QuestionTemplate.objects.exists()


def test_a_form_is_led_to_no_other_site(world):
    pia = signed_in(world.pia.user)

    pia.post("/unsent/?of=https://elsewhere.example/", CALL)

    assert "elsewhere" not in pia.get("/unsent/").text


def test_a_page_that_was_looked_at_is_come_back_to(world, end_session):
    pia = signed_in(world.pia.user)
    pia.get(INTAKE)
    end_session()

    assert f"next={INTAKE.replace('/', '%2F')}" in pia.get(INTAKE).url


@pytest.mark.parametrize("is_known", [True, False], ids=["session-ended", "no-session"])
def test_a_fragment_is_not_answered_with_the_sign_in_page(world, end_session, is_known):
    sam = signed_in(world.sam.user) if is_known else Client()
    sam.get("/admin/")
    end_session()

    answer = sam.post(PREVIEW, {"sentence": "x"}, headers={"HX-Request": "true"})

    assert answer.status_code == 401 and not answer.content


def test_the_address_of_a_fragment_leads_to_its_page(world):
    answer = signed_in(world.sam.user).get(PREVIEW)

    assert answer.url == reverse("admin:access_accessrequest_add")


def test_an_address_that_only_takes_forms_says_so_on_a_page(world):
    answer = signed_in(world.pia.user).get(reverse("admin:logout"))

    assert answer.status_code == 405 and "Nothing was changed." in answer.text


def test_a_forgotten_password_leads_back_to_what_was_opened(world):
    page = Client().get("/accounts/login/?ended=1&next=/unsent/").text
    [link] = re.findall(r'<a href="(/accounts/password/reset/[^"]*)"', page)

    [form] = [form for form in forms_on(Client().get(link), "email") if "next" in form.fields]

    assert "ended" not in link and form.fields["next"] == "/unsent/"


def test_a_mistyped_password_stays_on_the_page_that_leads_to_the_staff_site(world):
    page = "/accounts/login/?next=/admin/"
    client = Client()
    asked = client.get(page).text
    assert 'action="/accounts/login/"' not in asked and "portal/admin" in asked

    answer = client.post(page, {"login": world.pia.user.email, "password": "mistyped", "next": "/admin/"})

    assert "The email address or the password is not right." in answer.text and "portal/admin" in answer.text
