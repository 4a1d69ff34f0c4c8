"""A child below its country's age cannot consent alone; a guardian can (GDPR Art 8)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from consents.access.rules import AnswerDecision
from consents.access.services import answering as answering_access
from consents.access.services.answering import Reply
from consents.choices.models import Choice
from consents.choices.rules import ActContext
from consents.choices.services import answering
from consents.choices.services.recording import NeedsGuardian, OldEnough
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people import selectors
from consents.people.models import Acting, Customer
from consents.people.services import claiming
from consents.people.services.claiming import InvalidClaimCode, NotAChild
from tests.world.cast import ask, make_user, put_on_list, signed_in
from tests.world.claim_codes import make_claim_code


@pytest.fixture
def child(world):
    """Ada is eight, in Germany, and signs in herself."""
    put_on_list(world.ada.customer, born_on=date(2018, 5, 1), country="DE")
    return Customer.objects.get(pk=world.ada.customer.id)


@pytest.fixture
def parent(world, child):
    user = make_user("mum@example.com")
    code = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
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
    assert "You are acting for C-1001." in mum.get("/choices/").content.decode()

    mum.post("/choices/offers/give/", {"answer": "given", "version": offers.pk})
    own = signed_in(world.ada.user).get("/choices/offers/give/").content.decode()
    assert "Consent to this is in force" in own and "You need a parent or guardian" not in own

    entry = Entry.objects.get(event="consent.given")
    assert (entry.customer, entry.actor, entry.actor_kind) == (child.pk, str(parent.pk), "representative")
    assert entry.facts["capacity"] == "guardian"


def test_the_service_asks_for_the_guardian_and_later_for_the_grown_up(world, offers, child):
    terms = {"customer": child.pk, "purpose": "offers", "version": offers.pk, "by": world.ada.actor}
    with pytest.raises(NeedsGuardian):
        answering.give_consent(**terms)
    put_on_list(child, born_on=date(2000, 5, 1))
    with pytest.raises(OldEnough):
        answering.give_consent(**terms, how=ActContext(capacity="guardian"))


def test_a_guardian_with_a_record_of_their_own_chooses_for_whom(world, offers, child):
    code = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    ben = signed_in(world.ben.user)
    actings_before = selectors.list_actings(world.ben.user)
    claimed = ben.post("/claim/", {"code": code}).url
    actings = selectors.list_actings(world.ben.user)
    assert claimed == f"/for/{actings[1].pk}/name/" and len(actings_before) == 1
    assert [acting.capacity for acting in actings] == ["self", "guardian"]
    assert "For yourself" in ben.get("/for/").content.decode()

    ben.post("/for/", {"acting": actings[1].pk})
    ben.post("/choices/offers/give/", {"answer": "given", "version": offers.pk})
    ben.post("/for/", {"acting": actings[0].pk})
    ben.post("/choices/offers/give/", {"answer": "refused"})

    assert Choice.objects.get(customer=child).status == "ConsentGiven"
    assert Choice.objects.get(customer=world.ben.customer).status == "ConsentRefused"


def test_every_page_leads_a_guardian_to_the_child_and_nobody_else_anywhere(world, child, ada):
    code = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    ben = signed_in(world.ben.user)
    assert 'href="/for/"' not in ben.get("/choices/").content.decode()
    ben.post("/claim/", {"code": code})

    page = ben.get("/choices/").content.decode()
    assert "You are acting for yourself." in page and 'href="/for/"' in page
    assert 'href="/for/"' not in ada.get("/choices/").content.decode()


def test_nobody_chooses_somebody_they_do_not_act_for(world, offers, ada):
    other = world.ben.acting.pk
    for chosen in (other, "x", ""):
        assert ada.post("/for/", {"acting": chosen}).status_code == 422
    ada.get("/choices/")
    assert "acting" not in ada.session


def test_a_guardians_part_ends_when_the_child_comes_of_age(world, child, parent):
    put_on_list(child, born_on=date(2000, 5, 1))
    assert selectors.get_acting(parent) is None


def test_only_a_child_can_have_a_guardian(world, child):
    with pytest.raises(NotAChild):
        make_claim_code(
            customer=world.ben.customer, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Acting.objects.create(user=world.ada.user, customer=world.ben.customer, capacity="guardian")


def test_a_guardians_code_works_once_and_for_nobody_twice(world, child, parent):
    again = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    with pytest.raises(InvalidClaimCode):
        claiming.claim_record_by_code(user=parent, code=again, by=Actor("customer", str(parent.pk)))


def test_an_officer_proposes_a_guardians_code(world, child):
    pia = signed_in(world.pia.user)
    page = pia.post("/admin/people/claimcode/add/", {"capacity": "guardian", "who": "C-1001"})
    assert page.status_code == 302 and "/admin/people/claimcode/" in page.url
    refused = pia.post("/admin/people/claimcode/add/", {"capacity": "guardian", "who": "C-1002"})
    assert refused.status_code == 422 and "Only a child" in refused.content.decode()


def test_each_guardian_reads_what_the_other_did(world, offers, child, parent):
    """And never "You" for what somebody else did."""
    dad = make_user("dad@example.com")
    code = make_claim_code(customer=child, officer=world.pia.user, capacity=Acting.Capacity.GUARDIAN)
    claiming.claim_record_by_code(user=dad, code=code, by=Actor("customer", str(dad.pk)))
    signed_in(dad).post("/choices/offers/give/", {"answer": "given", "version": offers.pk})

    mum = signed_in(parent).get("/choices/offers/history/").content.decode()
    assert "Guardian da•••@example.com agreed to version" in mum and "You agreed" not in mum
    assert "You agreed to version" in signed_in(dad).get("/choices/offers/history/").content.decode()


def test_each_guardian_reads_who_answered_a_request(world, child, parent):
    row = ask(world)
    dad = make_user("dad@example.com")
    code = make_claim_code(customer=child, officer=world.pia.user, capacity=Acting.Capacity.GUARDIAN)
    claiming.claim_record_by_code(user=dad, code=code, by=Actor("customer", str(dad.pk)))
    answering_access.answer_access_request(
        access_request=row.pk,
        reply=Reply(AnswerDecision.NONE, row.digest, row.token),
        acting=dad.actings.get(),
        by=Actor("representative", str(dad.pk)),
    )

    page, home = (signed_in(parent).get(path).content.decode() for path in (f"/requests/{row.pk}/", "/"))

    assert "Guardian da•••@example.com did not allow it." in page
    assert "You did not allow" not in page and "You said no" not in page + home
