"""A session that ends in the middle of an answer: what was chosen is shown again after signing in, and not sent."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consents.access.models import AccessRequest, Enquiry
from consents.people.visitors import CUSTOMER_IDLE
from tests.access.answer_form import form_of
from tests.forms import forms_on
from tests.world.cast import PASSWORD, ask, signed_in


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
