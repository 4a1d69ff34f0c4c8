"""A child below its country's age cannot consent alone; a guardian can (GDPR Art 8)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from consents.choices import services
from consents.choices.models import Choice
from consents.choices.rules import How
from consents.choices.services import NeedsGuardian, OldEnough
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people import selectors
from consents.people import services as people
from consents.people.models import Acting, Customer
from consents.people.services import CodeDoesNotWork, NotAChild
from tests.cast import make_user, put_on_list, signed_in


@pytest.fixture
def child(world):
    """Ada is eight, in Germany, and signs in herself."""
    put_on_list(world.ada.customer, born_on=date(2018, 5, 1), country="DE")
    return Customer.objects.get(pk=world.ada.customer.id)


@pytest.fixture
def parent(world, child):
    user = make_user("mum@example.com")
    code = people.make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    people.claim_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    return user


def test_the_child_reads_kindly_that_a_guardian_is_needed(world, offers, child, ada):
    page = ada.get("/choices/offers/give/").content.decode()
    assert "You need a parent or guardian for this" in page
    assert "I agree" not in page.replace("I do not agree", "")

    answer = ada.post("/choices/offers/give/", {"answer": "given", "version": offers.pk})
    assert answer.status_code == 403 and "parent or guardian" in answer.content.decode()
    assert not Choice.objects.exists()


def test_the_child_says_no_alone(world, offers, child, ada):
    ada.post("/choices/offers/give/", {"answer": "refused"})
    assert Choice.objects.get().status == "ConsentRefused"


def test_the_guardian_agrees_for_the_child_and_it_says_so(world, offers, child, parent):
    mum = signed_in(parent)
    assert "You act for customer C-1001" in mum.get("/choices/").content.decode()

    mum.post("/choices/offers/give/", {"answer": "given", "version": offers.pk})

    entry = Entry.objects.get(event="consent.given")
    assert (entry.customer, entry.actor, entry.actor_kind) == (child.pk, str(parent.pk), "representative")
    assert entry.facts["capacity"] == "guardian"


def test_the_service_asks_for_the_guardian_and_later_for_the_grown_up(world, offers, child):
    terms = {"customer": child.pk, "purpose": "offers", "version": offers.pk, "by": world.ada.actor}
    with pytest.raises(NeedsGuardian):
        services.give(**terms)
    put_on_list(child, born_on=date(2000, 5, 1))
    with pytest.raises(OldEnough):
        services.give(**terms, how=How(capacity="guardian"))


def test_a_guardian_with_a_record_of_their_own_chooses_for_whom(world, offers, child):
    code = people.make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    ben = signed_in(world.ben.user)
    assert ben.post("/claim/", {"code": code}).url == "/for/"
    actings = selectors.actings_of(world.ben.user)
    assert [acting.capacity for acting in actings] == ["self", "guardian"]
    assert "For yourself" in ben.get("/for/").content.decode()

    ben.post("/for/", {"acting": actings[1].pk})
    ben.post("/choices/offers/give/", {"answer": "given", "version": offers.pk})
    ben.post("/for/", {"acting": actings[0].pk})
    ben.post("/choices/offers/give/", {"answer": "refused"})

    assert Choice.objects.get(customer=child).status == "ConsentGiven"
    assert Choice.objects.get(customer=world.ben.customer).status == "ConsentRefused"


def test_every_page_leads_a_guardian_to_the_child_and_nobody_else_anywhere(world, child, ada):
    code = people.make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    ben = signed_in(world.ben.user)
    assert 'href="/for/"' not in ben.get("/choices/").content.decode()
    ben.post("/claim/", {"code": code})

    page = ben.get("/choices/").content.decode()
    assert "You act for yourself." in page and 'href="/for/"' in page
    assert 'href="/for/"' not in ada.get("/choices/").content.decode()


def test_nobody_chooses_somebody_they_do_not_act_for(world, offers, ada):
    other = world.ben.acting.pk
    for chosen in (other, "x", ""):
        assert ada.post("/for/", {"acting": chosen}).status_code == 422
    ada.get("/choices/")
    assert "acting" not in ada.session


def test_a_guardians_part_ends_when_the_child_comes_of_age(world, child, parent):
    put_on_list(child, born_on=date(2000, 5, 1))
    assert selectors.acting_for(parent) is None


def test_only_a_child_gets_a_guardian(world, child):
    with pytest.raises(NotAChild):
        people.make_claim_code(
            customer=world.ben.customer, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Acting.objects.create(user=world.ada.user, customer=world.ben.customer, capacity="guardian")


def test_a_guardians_code_works_once_and_for_nobody_twice(world, child, parent):
    again = people.make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    with pytest.raises(CodeDoesNotWork):
        people.claim_by_code(user=parent, code=again, by=Actor("customer", str(parent.pk)))


def test_an_officer_prints_a_guardians_code(world, child):
    pia = signed_in(world.pia.user)
    page = pia.post("/admin/people/claimcode/add/", {"capacity": "guardian", "reference": "C-1001"})
    assert page.status_code == 200 and page.context["code"]
    refused = pia.post("/admin/people/claimcode/add/", {"capacity": "guardian", "reference": "C-1002"})
    assert refused.status_code == 422 and "Only a child" in refused.content.decode()
