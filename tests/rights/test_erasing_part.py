"""Where a law keeps some kinds of data the rest goes: two officers, for good, and the request is answered in part."""

from datetime import timedelta

import pytest
from django.core import mail

from consents.access.models import AccessRequest, Grant
from consents.access.rules import End, State
from consents.access.services.asking import KindIsGone
from consents.catalogue.models import LegalBasis, Usage
from consents.core import clock
from consents.decisions.rules import Why
from consents.decisions.selectors import may_look_under, may_use
from consents.disclosures.services import MayNotLook, disclose, disclose_own
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.delivery import deliver
from consents.notifications.models import Message
from consents.people import services as people
from consents.people.models import Erasure
from consents.people.services import AlreadyProposed, HeldByLaw, NotAnOfficer, NotProposed, TheSameOfficer
from consents.rights import services as rights
from consents.rights.models import Correction, Package, RightsRequest, Words
from consents.rights.rules.answers import Format, Outcome, Reason
from consents.rights.rules.kinds import Type
from consents.rights.services import Reply
from consents.rights.services.packaging import ReadTooEarly, keep_package
from consents.rights.services.refusals import (
    AlreadyAnswered,
    IdentityFirst,
    IsWaiting,
    NeedsLaw,
    NobodyToWriteTo,
    NotErased,
    SearchFirst,
    WholeOnly,
)
from consents.vault import selectors as vault
from consents.vault.models import Fingerprint, PartErasure
from consents.vault.rules import Left, NothingDeleted, NothingKept, NotOfThisRequest
from consents.vault.services import KindsHaveChanged
from tests.cast import answer as say
from tests.cast import ask, make_category, make_purpose, put_in_vault
from tests.people.test_erasing import hold
from tests.rights.conftest import (
    answer,
    by_staff,
    confirm,
    entries,
    file,
    file_correction,
    make_californian,
    search,
    type_in,
)

TAX_LAW = "GDPR Art 17(3)(b), AO § 147"


@pytest.fixture
def world(real_world):
    real_world.cal = make_californian()
    return real_world


def asked(world, person=None, type: Type = Type.ERASURE, **terms) -> RightsRequest:
    request = file(person or world.ada, type, **terms)
    search(world, request)
    return request


def propose(world, request, kept=("orders",), law=TAX_LAW) -> PartErasure:
    about = {"officer": world.pia, "by": by_staff(world.pia)}
    return rights.propose_part(request=request.pk, kept=kept, law=law, **about)


def erase(world, request, officer=None, **terms) -> RightsRequest:
    officer = officer or world.otto
    return rights.erase_part(request=request.pk, officer=officer, by=by_staff(officer), **terms)


def erased(world, kept=("orders",), **terms) -> RightsRequest:
    request = asked(world, **terms)
    propose(world, request, kept)
    return erase(world, request)


def held_of(person) -> dict[str, int]:
    """How many records of which kind the vault has, as the customer themself may know."""
    copy = disclose_own(customer=person.customer.pk, by=person.actor)
    return {str(kind): len(records) for kind, records in copy.records.items()}


def kinds(world, *codes: str) -> set[str]:
    return {str(world.categories[code].pk) for code in codes}


def test_the_rest_goes_and_the_request_is_answered_in_part(world):
    request = erased(world)

    assert set(held_of(world.ada)) == kinds(world, "orders")
    assert Fingerprint.objects.filter(customer=world.ada.customer).count() == 2
    request.refresh_from_db()
    assert (request.outcome, request.denial_reason) == ("complied_part", "legal_restriction")
    assert (request.denial_legal_basis, request.denial_metric_group) == (TAX_LAW, "exempt_information")
    assert request.remedies_told and request.handler_id == world.pia.pk
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
    assert (request.outcome, request.denial_reason, request.remedies_told) == ("complied_whole", "", False)
    assert set(held_of(world.ada)) == kinds(world, "orders", "health")
    assert vault.left_of(world.ada.customer.pk) == {"contact": Left.NOTHING}


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
        rights.propose_part(request=request.pk, kept=["orders"], officer=world.sam, by=by_staff(world.sam))
    with pytest.raises(NotProposed):
        erase(world, request)
    propose(world, request)
    with pytest.raises(TheSameOfficer):
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
        rights.propose_erasure(request=request.pk, officer=world.pia, by=by_staff(world.pia))
    erase(world, request)
    with pytest.raises(AlreadyAnswered):
        erase(world, request)
    assert Entry.objects.filter(event="customer.part_erased").count() == 1


def test_what_is_to_be_erased_whole_is_not_erased_in_part(world):
    request = asked(world)
    rights.propose_erasure(request=request.pk, officer=world.pia, by=by_staff(world.pia))
    with pytest.raises(AlreadyProposed):
        propose(world, request)


def test_of_some_kinds_alone_nobody_is_erased_whole(world):
    request = asked(world, scope=("contact",))
    with pytest.raises(WholeOnly):
        rights.propose_erasure(request=request.pk, officer=world.pia, by=by_staff(world.pia))


def test_a_legal_hold_stops_it(world):
    request = asked(world)
    propose(world, request)
    placed = hold(world)
    with pytest.raises(HeldByLaw):
        erase(world, request)
    assert len(held_of(world.ada)) == 3

    people.lift_hold(hold=placed.pk, officer=world.otto, by=by_staff(world.otto))
    erase(world, request)
    another = asked(world)
    hold(world)
    with pytest.raises(HeldByLaw):
        propose(world, another)


def test_while_the_customer_is_asked_something_nothing_is_erased(world):
    request = asked(world)
    propose(world, request)
    rights.pause(request=request.pk, waiting_for="scope", officer=world.pia, by=by_staff(world.pia))
    with pytest.raises(IsWaiting):
        erase(world, request)


def test_a_kind_that_came_into_use_since_is_not_passed_over(world):
    request = asked(world)
    propose(world, request)
    make_category("calls", "Calls", "when")
    with pytest.raises(KindsHaveChanged):
        erase(world, request)

    rights.cancel_part(request=request.pk, officer=world.otto, by=by_staff(world.otto))
    propose(world, request)
    erase(world, request)
    assert vault.left_of(world.ada.customer.pk)["calls"] == Left.NOTHING


def test_access_ends_for_what_is_gone_and_for_what_is_kept(world):
    running = say(world, ask(world), "all")
    waiting = ask(world, "orders", member=world.kim)

    erased(world)

    ends = {one.end for one in Grant.objects.filter(request=running)}
    assert ends == {End.COMPANY}
    assert AccessRequest.objects.get(pk=waiting.pk).state == State.CANCELLED
    grant = running.grants.get(category__code="orders")
    with pytest.raises(MayNotLook):
        disclose(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    for code in ("contact", "orders"):
        with pytest.raises(KindIsGone):
            ask(world, code)


def test_access_to_other_kinds_goes_on(world):
    running = say(world, ask(world, "contact", "orders"), "all")
    other = ask(world, "orders", member=world.kim)

    erased(world, kept=(), scope=("contact",))

    assert {one.category.code: one.end for one in running.grants.all()} == {"contact": "company", "orders": ""}
    assert AccessRequest.objects.get(pk=other.pk).state == State.PENDING
    grant = running.grants.get(category__code="orders")
    assert disclose(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam)).records
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

    assert may_use(customer=customer, category="orders", purpose="tax").allowed
    assert may_use(customer=customer, category="orders", purpose="service").why == Why.KEPT_BY_LAW
    for purpose in ("tax", "service"):
        assert may_use(customer=customer, category="contact", purpose=purpose).why == Why.DELETED
    assert may_use(customer=world.ben.customer.pk, category="contact", purpose="service").allowed


def test_pages_judge_a_grant_as_the_door_does(world):
    running = say(world, ask(world, "contact", "orders"), "all")
    erased(world)

    judged = may_look_under(running.grants.order_by("category__order"), staff=world.sam.pk, now=clock.now())

    assert [decision.why for decision in judged] == [Why.DELETED, Why.KEPT_BY_LAW]


def test_copies_made_before_go_with_it(world):
    copied = asked(world, type=Type.ACCESS)
    answer(world, copied)
    package = rights.make_package(request=copied.pk)
    begun = clock.now()

    erased(world)

    package.refresh_from_db()
    assert package.removed_at and package.sealed_data is None
    assert Entry.objects.get(event="rights_request.package_removed").outcome == "part_erased"
    about = {"request": copied.pk, "page": "p", "data": "{}", "by": Actor("portal", channel="job")}
    with pytest.raises(ReadTooEarly):
        keep_package(**about, begun=begun)
    again = rights.make_package(request=copied.pk)
    assert again.removed_at is None and Package.objects.filter(removed_at=None).count() == 1


def test_what_was_proposed_for_a_kind_that_is_gone_is_refused_and_forgotten(world):
    gone = file_correction(world.ada)
    price = {"category": "orders", "field": "price", "right": "18.90"}
    stays = file_correction(world.ada, proposals=(price,))

    erased(world)

    decided = Correction.objects.get()
    assert (decided.request_id, decided.is_accepted, decided.why_not) == (gone.pk, False, "no_entry")
    assert decided.decided_by == world.otto.user
    assert not Words.objects.filter(request=gone).exists() and Words.objects.filter(request=stays).exists()
    search(world, gone)
    answer(world, gone, Reply(Outcome.NO_DATA, Format.DOWNLOAD))


def test_what_is_taken_back_or_refused_is_not_erased(world):
    taken_back, refused = asked(world), asked(world, scope=("contact",))
    propose(world, taken_back)
    propose(world, refused, kept=())
    rights.withdraw(request=taken_back.pk, customer=world.ada.customer.pk, by=world.ada.actor)
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
    people.propose_erasure(reason=Erasure.Reason.UNLAWFUL, **about)
    people.erase(**about | {"officer": world.otto, "by": by_staff(world.otto)})

    request.refresh_from_db()
    assert request.outcome == "complied_whole"
    assert PartErasure.objects.get().cancelled_by == world.otto.user


def test_erased_in_part_nobody_erases_whole_for_the_same_request(world):
    request = asked(world)
    propose(world, request)
    about = {"customer": world.ada.customer.pk, "officer": world.pia, "by": by_staff(world.pia)}
    people.propose_erasure(reason=Erasure.Reason.REQUESTED, **about)

    erase(world, request)

    assert Erasure.objects.get().cancelled_at
    people.propose_erasure(reason=Erasure.Reason.NOT_NEEDED, **about)
    people.erase(**about | {"officer": world.otto, "by": by_staff(world.otto)})


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
    for message in Message.objects.filter(customer=world.ada.customer, sent_at=None):
        deliver(message=message.pk)

    letter = mail.outbox[-1]
    assert "makes us keep" in letter.body and TAX_LAW in letter.body and "complain" in letter.body
    assert "We have deleted the rest" in letter.body
    assert not any(title in letter.body for title in ("Orders", "Contact details", "Health notes"))


def test_where_no_mail_arrives_it_is_told_by_letter(world):
    nowhere = people.open_record(reference="C-5001", by=Actor("portal", channel="job"))
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
    assert set(vault.left_of(world.ada.customer.pk).values()) == {Left.NOTHING}


def test_a_later_moment_changes_nothing(world, later):
    later(timedelta(days=40))
    erased(world)
    assert vault.left_of(world.ada.customer.pk, clock.now() - timedelta(days=1)) == {}
