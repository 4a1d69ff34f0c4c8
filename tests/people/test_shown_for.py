"""A form counts for the customer whom its page was about, and for nobody else for whom its sender acts meanwhile."""

import re
from datetime import date

import pytest
from django.urls import reverse

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Acting
from consents.people.services import claiming, customer_records, representing
from tests.world.cast import make_user, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.scene_fixtures import scene

SENTENCE = "acting for somebody else now"


@scene
def nora(world) -> Acting:
    """Ada is her mother."""
    child = customer_records.open_customer_record(reference="C-2001", by=PORTAL, born_on=date(2018, 5, 1), country="DE")
    code = make_claim_code(customer=child, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=world.ada.user, code=code, by=world.ada.actor)
    return world.ada.user.actings.get(customer=child)


@pytest.fixture
def ada(world, nora):
    return signed_in(world.ada.user)


def choose(client, acting: Acting) -> None:
    client.post(reverse("people:act_for"), {"acting": acting.pk})


def read_form(client, page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', client.get(page).text))


@pytest.mark.parametrize("name", ["people:time_zone", "notifications:settings", "access:blocks"])
def test_a_form_of_another_tab_changes_nothing(world, ada, nora, name):
    page = reverse(name)
    form = read_form(ada, page)
    choose(ada, nora)
    before = Entry.objects.count()

    response = ada.post(page, form)

    assert response.status_code == 409 and SENTENCE in response.text
    assert Entry.objects.count() == before


def test_a_form_shown_before_their_part_ended_does_not_count_for_themselves(world, ada, nora):
    choose(ada, nora)
    page = reverse("access:blocks")
    form = read_form(ada, page)
    representing.end_acting(acting=nora.pk, user=world.ada.user, by=Actor("representative", str(world.ada.user.pk)))

    assert ada.post(reverse("access:block_everybody"), form).status_code == 409


def test_who_was_signed_out_meanwhile_reads_that_and_nothing_of_another_customer(world, ada):
    """Pages about rights are open to everybody, and lead nobody to the sign-in."""
    page = reverse("rights:ask", args=["erasure"])
    form = read_form(ada, page)
    ada.logout()

    response = ada.post(page, form)

    assert response.status_code == 409 and SENTENCE not in response.text
    assert "You were signed out after that page was loaded" in response.text


def test_who_acts_for_nobody_any_more_reads_that(world, nora):
    father = make_user("father@example.com")
    by = Actor("representative", str(father.pk))
    code = make_claim_code(customer=nora.customer, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=father, code=code, by=by)
    browser, page = signed_in(father), reverse("access:blocks")
    form = read_form(browser, page)
    representing.end_acting(acting=father.actings.get().pk, user=father, by=by)

    response = browser.post(page, form)

    assert response.status_code == 409 and SENTENCE not in response.text
    assert "you can no longer act for the customer whom that page was about" in response.text


def test_a_form_of_whom_one_still_acts_for_counts(world, ada, nora):
    choose(ada, nora)
    page = reverse("access:blocks")

    assert ada.post(reverse("access:block_everybody"), read_form(ada, page)).status_code == 302


def test_what_is_about_oneself_counts_whomever_one_acts_for(world, ada, nora):
    page = reverse("people:claim")
    form = read_form(ada, page) | {"code": "AAAA-AAAA-AAAA"}
    choose(ada, nora)

    assert SENTENCE not in ada.post(page, form).text
