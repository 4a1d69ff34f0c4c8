"""Erasure asked by right: two officers, against no hold, and the request is answered by it."""

from dataclasses import replace

import pytest

from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.people.models import Erasure
from consents.people.services import erasing
from consents.people.services.erasing import UnderLegalHold
from consents.people.services.holding import AlreadyErased
from consents.people.two_officers.refusals import AlreadyDecided
from consents.rights.models import RightsRequest, Statement
from consents.rights.refusals import IdentityFirst, NotErased, SearchFirst
from consents.rights.rules import Appealed, Format, Outcome, Reply
from consents.rights.services import answering, requester_actions
from consents.rights.services import erasing as rights_erasing
from consents.rights.staff.checklist import choose_next_step
from consents.vault.rules import Parts
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.faults.acts.beginnings import in_a_restoration
from tests.rights.officer_pages import record, text
from tests.world.cast import signed_in
from tests.world.erasing import hold
from tests.world.rights_requests import DONE, answer, by_staff, confirm, file, search, type_in


@pytest.fixture
def world(with_cal, real_world):
    return real_world


def propose(world, request) -> Erasure:
    return rights_erasing.propose_erasure(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))


@pytest.mark.parametrize("type", [Type.ERASURE, Type.DELETION])
def test_the_second_officer_erases_and_that_answers_it(world, type):
    person = world.ada if type == Type.ERASURE else world.cal
    request = file(person, type)
    search(world, request)
    propose(world, request)
    request.refresh_from_db()
    assert not request.is_answered

    erasing.erase_customer(customer=person.customer.id, officer=world.otto, by=by_staff(world.otto))

    request.refresh_from_db()
    assert (request.outcome, request.handler_id) == ("complied_whole", world.pia.pk)
    answered = Entry.objects.get(event="rights_request.answered")
    assert answered.actor == str(world.otto.pk)


def test_first_it_is_known_who_asks_and_where_their_data_lies(world):
    request = type_in(world, Type.ERASURE)
    with pytest.raises(IdentityFirst):
        propose(world, request)
    confirm(world, request)
    with pytest.raises(SearchFirst):
        propose(world, request)
    assert not Erasure.objects.exists()


def test_a_legal_hold_stops_it(world):
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    hold(world)

    with pytest.raises(UnderLegalHold):
        propose(world, request)
    assert not Erasure.objects.exists()
    assert not Entry.objects.filter(event="rights_request.erasure_proposed").exists()


def test_it_is_done_by_the_erasure_alone(world):
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    with pytest.raises(NotErased):
        answer(world, request)


def test_another_request_of_theirs_is_not_answered_by_it(world):
    other = file(world.ada, Type.ACCESS)
    erasing.propose_erasure(
        customer=world.ada.customer.id, reason=Erasure.Reason.UNLAWFUL, officer=world.pia, by=by_staff(world.pia)
    )
    erasing.erase_customer(customer=world.ada.customer.id, officer=world.otto, by=by_staff(world.otto))

    assert not RightsRequest.objects.get(pk=other.pk).is_answered


def proposed(world):
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    propose(world, request)
    return request


def erase(world):
    return erasing.erase_customer(customer=world.ada.customer.id, officer=world.otto, by=by_staff(world.otto))


def test_taken_back_nobody_erases(world):
    request = proposed(world)

    requester_actions.withdraw_request(rights_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

    assert Erasure.objects.get().cancelled_by == world.ada.user
    assert Entry.objects.get(event="erasure.cancelled").actor_kind == "customer"
    with pytest.raises(AlreadyDecided):
        erase(world)


def test_refused_nobody_erases(world):
    request = proposed(world)

    answer(world, request, Reply(Outcome.DENIED, Format.EMAIL, "", Reason.LEGAL, "GDPR Art 23"))

    assert Erasure.objects.get().cancelled_by == world.pia.user
    with pytest.raises(AlreadyDecided):
        erase(world)


def test_what_the_company_erases_for_another_reason_goes_on(world):
    request = file(world.ada, Type.ERASURE)
    erasing.propose_erasure(
        customer=world.ada.customer.id, reason=Erasure.Reason.UNLAWFUL, officer=world.pia, by=by_staff(world.pia)
    )

    requester_actions.withdraw_request(rights_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

    assert erase(world).done_at


CANCEL = "UPDATE people_erasure SET cancelled_at = portal.now(), cancelled_by_id = %s"
CANCELLED = "SELECT portal.append_entry('erasure.cancelled', %s, %s, %s, 'erasure', %s, '', 'portal', NULL, %s, '{}')"


@pytest.mark.parametrize(
    ("who", "reason", "said"),
    [
        ("ada", "requested", "allowed"),
        ("ada", "unlawful", "23001 people_erasure_frozen"),
        ("ben", "requested", "23001 people_erasure_frozen"),
        ("sam", "requested", "23001 people_erasure_frozen"),
    ],
)
def test_in_sql_it_is_cancelled_by_an_officer_or_whose_wish_it_was(world, who, reason, said):
    ada = world.ada.customer.id
    erasure = erasing.propose_erasure(
        customer=ada, reason=Erasure.Reason(reason), officer=world.pia, by=by_staff(world.pia)
    )
    user = getattr(world, who).user.pk
    with application_speaking() as application:
        entry = CANCELLED, [ada, "customer", str(user), str(erasure.pk), reason]
        assert outcome(application, entry, (CANCEL, [user])).startswith(said)


def test_in_sql_a_request_does_not_end_without_what_was_proposed_for_it(world):
    request = proposed(world)
    taken_back = (
        "INSERT INTO rights_answer (rights_request_id, outcome, retain_until)"
        " VALUES (%s, 'withdrawn_by_requester', '2099-01-01')"
    )
    entry = (
        "SELECT portal.append_entry('rights_request.withdrawn', %s, 'customer', %s, 'rights_request', %s, '', 'portal',"
        " NULL, 'withdrawn_by_requester', '{}')"
    )
    with application_speaking() as application:
        told = entry, [world.ada.customer.id, str(world.ada.user.pk), str(request.pk)]
        assert outcome(application, told, (taken_back, [request.pk])) == "23001 rights_answer_has_effect"


def erased(world):
    erasing.propose_erasure(
        customer=world.ada.customer.id, reason=Erasure.Reason.UNLAWFUL, officer=world.pia, by=by_staff(world.pia)
    )
    return erase(world)


NO = Reply(Outcome.DENIED, Format.POST, "Sorry.", Reason.LEGAL, "GDPR Art 23")
PARTLY = Reply(Outcome.COMPLIED_PART, Format.EMAIL, "", Reason.LEGAL, "GDPR Art 17(3)(b)")


def test_what_is_open_at_an_erasure_can_still_be_closed(world):
    copy, pause, granted = (file(world.ada, type) for type in (Type.ACCESS, Type.RESTRICTION, Type.OBJECTION))
    search(world, copy)
    appealed = answer(world, file(world.ada, Type.AUTOMATED), NO)
    reversed = answer(world, file(world.ada, Type.PORTABILITY), NO)
    for row in (appealed, reversed):
        requester_actions.appeal_answer(
            rights_request=row.pk, customer=world.ada.customer.id, why="Look.", by=world.ada.actor
        )
    erased(world)

    answer(world, copy, replace(DONE, format=Format.POST))
    answer(world, pause, NO)
    answer(world, granted)
    deciding = {"text": "It stays.", "officer": world.otto, "by": by_staff(world.otto)}
    answering.decide_appeal(rights_request=appealed.pk, outcome=Appealed.UPHELD, **deciding)
    with pytest.raises(AlreadyErased):
        answering.decide_appeal(rights_request=reversed.pk, outcome=Appealed.REVERSED, **deciding)

    assert not Statement.objects.exists()
    assert not RightsRequest.objects.exclude(state="answered").exists()


def test_what_an_agent_showed_goes_with_their_customer(world):
    request = type_in(world, submitted_by="power_of_attorney", proof="POA of Ada's uncle")
    other = type_in(world, customer=world.ben.customer, submitted_by="power_of_attorney", proof="POA 7")

    erased(world)

    request.refresh_from_db()
    assert request.agent_proof == "erased" and RightsRequest.objects.get(pk=other.pk).agent_proof == "POA 7"
    assert Entry.objects.filter(event="rights_request.proof_forgotten").count() == 1


@pytest.mark.parametrize(
    ("whose", "change"),
    [
        ("ben", "agent_proof = 'erased'"),
        ("ada", "agent_proof = 'other'"),
        ("ada", "agent_proof = 'erased', channel = 'letter'"),
    ],
)
def test_in_sql_nothing_else_is_put_in_its_place(world, whose, change):
    customer = getattr(world, whose).customer
    request = type_in(world, customer=customer, submitted_by="power_of_attorney", proof="POA 7")
    erased(world)

    with application_speaking() as application:
        sql = f"UPDATE rights_rightsrequest SET {change} WHERE id = %s"
        refusal = "42501" if "channel" in change else "23001 rights_rightsrequest_frozen"
        assert outcome(application, (sql, [request.pk])).startswith(refusal)


def test_what_was_erased_whole_and_did_not_answer_it_is_called_done_whole(world):
    request = file(world.ada, Type.ERASURE)
    erased(world)
    search(world, request)
    with pytest.raises(NotErased):
        answer(world, request, PARTLY)

    assert answer(world, request, replace(DONE, format=Format.EMAIL)).outcome == "complied_whole"


def test_what_was_erased_in_part_after_a_restore_is_called_done_in_part(world):
    request, parts = file(world.ada, Type.ERASURE), Parts(deleted=["contact", "health"], kept=["orders"])
    about = {"customer": world.ada.customer.pk, "parts": parts, "law": PARTLY.law, "by": in_a_restoration()}
    rights_erasing.restore_partial_erasure(rights_request=request.pk, **about)
    search(world, request)
    for untrue in (replace(DONE, format=Format.EMAIL), replace(PARTLY, law="GDPR Art 17(3)(e)")):
        with pytest.raises(NotErased):
            answer(world, request, untrue)

    hold(world)  # placed later, it keeps nobody from saying what was erased
    assert choose_next_step(request, ["answer", "refuse"]) == "answer"
    page = text(signed_in(world.pia.user).get(record(request)))
    assert "This customer cannot be erased now" not in page
    assert answer(world, request, PARTLY).outcome == "complied_part"
