"""Where a law keeps some kinds of data the rest goes: two officers, for good, and the request is answered in part."""

from datetime import timedelta

import pytest
from django.core import mail

from consents.access.models import AccessRequest, Grant
from consents.access.rules import GrantEnd, RequestState
from consents.access.services.asking import DataDeleted
from consents.catalogue.models import LegalBasis, Usage
from consents.copies.models import Package
from consents.copies.services import packages
from consents.copies.services.packages import ReadTooEarly, store_package
from consents.core import clock
from consents.decisions.rules import DecisionCode
from consents.decisions.selectors import decide_use
from consents.disclosures.services import LookRefused, disclose_own_copy, disclose_records
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import Erasure
from consents.people.services import customer_records, erasing, holding
from consents.people.services.erasing import UnderLegalHold
from consents.people.services.holding import NotAnOfficer
from consents.people.two_officers.refusals import AlreadyDecided, AlreadyProposed, NeedsSecondOfficer
from consents.rights.models import Correction, RightsRequest, Statement
from consents.rights.refusals import (
    AlreadyAnswered,
    IdentityFirst,
    IsWaiting,
    NeedsLaw,
    NobodyToWriteTo,
    NotErased,
    SearchFirst,
    WholeOnly,
)
from consents.rights.rules import Format, Outcome, Reply, WhyNotCorrected
from consents.rights.services import correcting, requester_actions
from consents.rights.services import erasing as rights_erasing
from consents.vault import selectors as vault
from consents.vault.models import Fingerprint, PartErasure
from consents.vault.rules import NothingDeleted, NothingKept, NotOfThisRequest, Remainder
from consents.vault.services.erasing import CategoriesHaveChanged
from tests.disclosures.looking import list_shown_decisions
from tests.world.cast import answer as say
from tests.world.cast import ask, make_category, make_purpose, put_in_vault, signed_in
from tests.world.erasing import hold
from tests.world.rights_requests import (
    PHONE,
    answer,
    ask_back,
    by_staff,
    confirm,
    entries,
    file,
    file_correction,
    search,
    type_in,
)

TAX_LAW = "GDPR Art 17(3)(b), AO § 147"


@pytest.fixture
def world(with_cal, real_world):
    return real_world


def asked(world, person=None, type: Type = Type.ERASURE, **terms) -> RightsRequest:
    request = file(person or world.ada, type, **terms)
    search(world, request)
    return request


def propose(world, request, kept=("orders",), law=TAX_LAW) -> PartErasure:
    about = {"officer": world.pia, "by": by_staff(world.pia)}
    return rights_erasing.propose_partial_erasure(rights_request=request.pk, kept=kept, law=law, **about)


def erase(world, request, officer=None, **terms) -> RightsRequest:
    officer = officer or world.otto
    return rights_erasing.confirm_partial_erasure(
        rights_request=request.pk, officer=officer, by=by_staff(officer), **terms
    )


def erased(world, kept=("orders",), **terms) -> RightsRequest:
    request = asked(world, **terms)
    propose(world, request, kept)
    return erase(world, request)


def held_of(person) -> dict[str, int]:
    """How many records of which kind the vault has, as the customer themself may know."""
    copy = disclose_own_copy(customer=person.customer.pk, by=person.actor)
    return {str(kind): len(records) for kind, records in copy.records.items()}


def kinds(world, *codes: str) -> set[str]:
    return {str(world.categories[code].pk) for code in codes}


def test_the_rest_goes_and_the_request_is_answered_in_part(world):
    request = erased(world)

    assert set(held_of(world.ada)) == kinds(world, "orders")
    assert Fingerprint.objects.filter(customer=world.ada.customer).count() == 2
    request.refresh_from_db()
    assert (request.outcome, request.denial_reason) == ("complied_part", "legal_restriction")
    assert (request.denial_legal_basis, request.answer.denial_metric_group) == (TAX_LAW, "exempt_information")
    assert request.answer.remedies_told and request.handler_id == world.pia.pk
    assert entries(request)[-2:] == ["erasure_proposed", "answered"]
    told = Entry.objects.get(event="customer.part_erased")
    assert (told.customer, told.actor) == (world.ada.customer.pk, str(world.otto.pk))
    assert told.facts == {
        "request": str(request.pk),
        "deleted": ["contact", "health"],
        "kept": ["orders"],
        "law": TAX_LAW,
        "proposed_by": str(world.pia.pk),
    }


def test_by_californian_law_too(world):
    put_in_vault(world.cal.customer, world.categories["orders"], {"item": "Lamp"})
    request = asked(world, world.cal, Type.DELETION)
    propose(world, request, law="")
    erase(world, request)

    request.refresh_from_db()
    assert (request.outcome, request.denial_legal_basis) == ("complied_part", "Civ 1798.105(d)")


def test_what_some_asked_to_delete_alone_is_done_whole(world):
    request = erased(world, kept=(), scope=("contact",))

    request.refresh_from_db()
    assert (request.outcome, request.denial_reason, request.answer.remedies_told) == ("complied_whole", "", False)
    assert set(held_of(world.ada)) == kinds(world, "orders", "health")
    assert vault.get_remainders(world.ada.customer.pk) == {"contact": Remainder.NOTHING}


def test_of_what_was_asked_a_part_may_be_kept(world):
    request = erased(world, kept=("orders",), scope=("orders", "contact"))

    request.refresh_from_db()
    assert request.outcome == "complied_part"
    assert set(held_of(world.ada)) == kinds(world, "orders", "health")


@pytest.mark.parametrize(
    ("scope", "kept", "law", "refusal"),
    [
        ((), (), "", NothingKept),
        ((), ("contact", "health", "orders"), TAX_LAW, NothingDeleted),
        (("contact",), ("contact",), TAX_LAW, NothingDeleted),
        (("contact",), ("orders",), TAX_LAW, NotOfThisRequest),
        ((), ("made-up",), TAX_LAW, NotOfThisRequest),
        ((), ("orders",), "Ada owes us money", NeedsLaw),
    ],
)
def test_what_does_not_fit_is_not_proposed(world, scope, kept, law, refusal):
    request = asked(world, scope=scope)
    with pytest.raises(refusal):
        propose(world, request, kept, law)
    assert not PartErasure.objects.exists() and "erasure_proposed" not in entries(request)


def test_first_it_is_known_who_asks_and_where_their_data_lies(world):
    request = type_in(world, Type.ERASURE)
    with pytest.raises(IdentityFirst):
        propose(world, request)
    confirm(world, request)
    with pytest.raises(SearchFirst):
        propose(world, request)


def test_two_officers_and_no_requester(world):
    request = asked(world)
    with pytest.raises(NotAnOfficer):
        rights_erasing.propose_partial_erasure(
            rights_request=request.pk, kept=["orders"], officer=world.sam, by=by_staff(world.sam)
        )
    with pytest.raises(AlreadyDecided):
        erase(world, request)
    propose(world, request)
    with pytest.raises(NeedsSecondOfficer):
        erase(world, request, world.pia)
    with pytest.raises(NotAnOfficer):
        erase(world, request, world.sam)
    assert len(held_of(world.ada)) == 3


def test_it_is_proposed_once_and_done_once(world):
    request = asked(world)
    propose(world, request)
    with pytest.raises(AlreadyProposed):
        propose(world, request)
    with pytest.raises(AlreadyProposed):
        rights_erasing.propose_erasure(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))
    erase(world, request)
    with pytest.raises(AlreadyAnswered):
        erase(world, request)
    assert Entry.objects.filter(event="customer.part_erased").count() == 1


def test_what_is_to_be_erased_whole_is_not_erased_in_part(world):
    request = asked(world)
    rights_erasing.propose_erasure(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))
    with pytest.raises(AlreadyProposed):
        propose(world, request)


def test_of_some_kinds_alone_nobody_is_erased_whole(world):
    request = asked(world, scope=("contact",))
    with pytest.raises(WholeOnly):
        rights_erasing.propose_erasure(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))


def test_a_legal_hold_stops_it(world):
    request = asked(world)
    propose(world, request)
    placed = hold(world)
    with pytest.raises(UnderLegalHold):
        erase(world, request)
    assert len(held_of(world.ada)) == 3

    holding.lift_hold(hold=placed.pk, officer=world.otto, by=by_staff(world.otto))
    erase(world, request)
    another = asked(world)
    hold(world)
    with pytest.raises(UnderLegalHold):
        propose(world, another)


def test_while_the_customer_is_asked_something_nothing_is_erased(world):
    request = asked(world)
    propose(world, request)
    ask_back(world, request)
    with pytest.raises(IsWaiting):
        erase(world, request)


def test_a_kind_that_came_into_use_since_is_not_passed_over(world):
    request = asked(world)
    propose(world, request)
    make_category("calls", "Calls", "when")
    with pytest.raises(CategoriesHaveChanged):
        erase(world, request)

    rights_erasing.cancel_partial_erasure(rights_request=request.pk, officer=world.otto, by=by_staff(world.otto))
    propose(world, request)
    erase(world, request)
    assert vault.get_remainders(world.ada.customer.pk)["calls"] == Remainder.NOTHING


def test_access_ends_for_what_is_gone_and_for_what_is_kept(world):
    running = say(world, ask(world), "all")
    waiting = ask(world, "orders", member=world.kim)

    erased(world)

    ends = {one.end for one in Grant.objects.filter(access_request=running)}
    assert ends == {GrantEnd.COMPANY}
    assert AccessRequest.objects.get(pk=waiting.pk).state == RequestState.CANCELLED
    grant = running.grants.get(category__code="orders")
    with pytest.raises(LookRefused):
        disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    for code in ("contact", "orders"):
        with pytest.raises(DataDeleted):
            ask(world, code)


def test_access_to_other_kinds_goes_on(world):
    running = say(world, ask(world, "contact", "orders"), "all")
    other = ask(world, "orders", member=world.kim)

    erased(world, kept=(), scope=("contact",))

    assert {one.category.code: one.end for one in running.grants.all()} == {"contact": "company", "orders": ""}
    assert AccessRequest.objects.get(pk=other.pk).state == RequestState.PENDING
    grant = running.grants.get(category__code="orders")
    assert disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam)).records
    ask(world, "orders", customer=world.ben)


def test_what_is_kept_serves_the_law_alone(world):
    contact, orders = world.categories["contact"], world.categories["orders"]
    make_purpose("tax", "Keep books", [contact, orders], world.pia.user, Usage.STANDING, legal_basis="A6-1-c")
    make_purpose(
        "service",
        "Look after you",
        [contact, orders],
        world.pia.user,
        Usage.STANDING,
        legal_basis=LegalBasis.CONTRACT,
    )
    customer = world.ada.customer.pk
    erased(world)

    assert decide_use(customer=customer, category="orders", purpose="tax").allowed
    assert decide_use(customer=customer, category="orders", purpose="service").why == DecisionCode.KEPT_BY_LAW
    for purpose in ("tax", "service"):
        assert decide_use(customer=customer, category="contact", purpose=purpose).why == DecisionCode.DELETED
    assert decide_use(customer=world.ben.customer.pk, category="contact", purpose="service").allowed

    page = " ".join(signed_in(world.ada.user).get("/choices/").text.split())
    on, off = (page.split(f'id="purpose-{code}"')[1].split("</li>")[0] for code in ("tax", "service"))
    assert "We do this" in on and "Stopped: no data is left for this" in off and "We do this" not in off


def test_pages_judge_a_grant_as_the_door_does(world):
    running = say(world, ask(world, "contact", "orders"), "all")
    erased(world)

    judged = list_shown_decisions(running)

    assert [decision.why for decision in judged] == [DecisionCode.DELETED, DecisionCode.KEPT_BY_LAW]


def test_copies_made_before_go_with_it(world):
    copied = asked(world, type=Type.ACCESS)
    answer(world, copied)
    package = packages.make_package(rights_request=copied.pk)
    begun = clock.now()

    erased(world)

    package.refresh_from_db()
    assert package.removed_at and package.sealed_data is None
    assert Entry.objects.get(event="rights_request.package_removed").outcome == "part_erased"
    about = {"rights_request": copied.pk, "page": "p", "data": "{}", "by": Actor("portal", channel="job")}
    with pytest.raises(ReadTooEarly):
        store_package(**about, began_at=begun)
    again = packages.make_package(rights_request=copied.pk)
    assert again.removed_at is None and Package.objects.filter(removed_at=None).count() == 1


def test_what_was_proposed_for_a_kind_that_is_gone_is_refused_and_forgotten(world):
    gone = file_correction(world.ada, proposals=(PHONE, {"category": "contact", "field": "name", "right": "Ada M."}))
    correcting.decide_value(
        rights_request=gone.pk,
        place=1,
        why_not=WhyNotCorrected.ACCURATE,
        officer=world.pia,
        by=by_staff(world.pia),
    )
    price = {"category": "orders", "field": "price", "right": "18.90"}
    stays = file_correction(world.ada, proposals=(price,))

    erased(world)

    assert Correction.objects.get(place=1).why_not == "accurate"
    decided = Correction.objects.get(place=0)
    assert (decided.rights_request_id, decided.is_accepted, decided.why_not) == (gone.pk, False, "no_entry")
    assert decided.decided_by == world.otto.user
    assert Statement.objects.filter(rights_request__in=[gone, stays]).get().rights_request_id == stays.pk
    search(world, gone)
    answer(world, gone, Reply(Outcome.NO_DATA, Format.DOWNLOAD))


def test_what_is_taken_back_or_refused_is_not_erased(world):
    taken_back, refused = asked(world), asked(world, scope=("contact",))
    propose(world, taken_back)
    propose(world, refused, kept=())
    requester_actions.withdraw_request(rights_request=taken_back.pk, customer=world.ada.customer.pk, by=world.ada.actor)
    answer(world, refused, Reply(Outcome.DENIED, Format.EMAIL, "", Reason.UNFOUNDED))

    assert {one.cancelled_by_id for one in PartErasure.objects.all()} == {world.ada.user.pk, world.pia.user.pk}
    for request in (taken_back, refused):
        with pytest.raises(AlreadyAnswered):
            erase(world, request)
    assert len(held_of(world.ada)) == 3


def test_erased_whole_meanwhile_nothing_of_it_waits(world):
    request = asked(world)
    propose(world, request)
    about = {"customer": world.ada.customer.pk, "officer": world.pia, "by": by_staff(world.pia)}
    erasing.propose_erasure(reason=Erasure.Reason.UNLAWFUL, **about)
    erasing.erase_customer(**about | {"officer": world.otto, "by": by_staff(world.otto)})

    request.refresh_from_db()
    assert request.outcome == "complied_whole"
    assert PartErasure.objects.get().cancelled_by == world.otto.user


def test_erased_in_part_nobody_erases_whole_for_the_same_request(world):
    request = asked(world)
    propose(world, request)
    about = {"customer": world.ada.customer.pk, "officer": world.pia, "by": by_staff(world.pia)}
    erasing.propose_erasure(reason=Erasure.Reason.REQUESTED, **about)

    erase(world, request)

    assert Erasure.objects.get().cancelled_at
    erasing.propose_erasure(reason=Erasure.Reason.NOT_NEEDED, **about)
    erasing.erase_customer(**about | {"officer": world.otto, "by": by_staff(world.otto)})


def test_in_part_is_not_said_of_what_was_not_done(world):
    request = asked(world)
    with pytest.raises(NotErased):
        answer(world, request, Reply(Outcome.COMPLIED_PART, Format.EMAIL, "", Reason.LEGAL, TAX_LAW))
    propose(world, request)
    with pytest.raises(NotErased):
        answer(world, request, Reply(Outcome.COMPLIED_PART, Format.EMAIL, "", Reason.LEGAL, TAX_LAW))


def test_the_mail_says_why_and_by_which_law_and_names_no_kind(world):
    Message.objects.all().delete()
    erased(world)
    mail.outbox.clear()
    for message in Message.objects.filter(customer=world.ada.customer, sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)

    letter = mail.outbox[-1]
    assert "makes us keep" in letter.body and "GDPR Art\xa017(3)(b), AO §\xa0147" in letter.body
    assert "complain" in letter.body
    assert "We have permanently deleted some kinds of data" in letter.body
    assert not any(title in letter.body for title in ("Orders", "Contact details", "Health notes"))


def test_where_no_mail_arrives_it_is_told_by_letter(world):
    nowhere = customer_records.open_customer_record(reference="C-5001", by=Actor("portal", channel="job"))
    put_in_vault(nowhere, world.categories["orders"], {"item": "Lamp"})
    request = type_in(world, Type.ERASURE, customer=nowhere)
    confirm(world, request)
    search(world, request)
    propose(world, request)
    with pytest.raises(NobodyToWriteTo):
        erase(world, request)
    assert not PartErasure.objects.filter(done_at__isnull=False).exists()

    erase(world, request, told_on=clock.now().date())
    request.refresh_from_db()
    assert (request.outcome, request.response_format) == ("complied_part", "post")


def test_later_more_may_go(world):
    erased(world)
    request = asked(world, scope=("orders",))
    propose(world, request, kept=())
    erase(world, request)

    assert held_of(world.ada) == {}
    assert set(vault.get_remainders(world.ada.customer.pk).values()) == {Remainder.NOTHING}


def test_a_later_moment_changes_nothing(world, later):
    later(timedelta(days=40))
    erased(world)
    assert vault.get_remainders(world.ada.customer.pk, clock.now() - timedelta(days=1)) == {}
