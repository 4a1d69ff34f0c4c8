"""A claim code, act by act: for whom there is none, and what comes of an act that is repeated or too late."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Acting, ClaimCode, StaffMember
from consents.people.services import claiming, customer_records
from consents.people.services.claiming import (
    AddressOnFileWorks,
    AlreadyClaimed,
    NoHolderYet,
    NotAChild,
    TooYoungToShare,
)
from consents.people.staff.words import describe_claim_code_state
from consents.people.two_officers.refusals import AlreadyDecided
from tests.world.cast import make_user, put_on_list

SELF, GUARDIAN, HOLDER = Acting.Capacity.SELF, Acting.Capacity.GUARDIAN, Acting.Capacity.HOLDER


def by(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


def propose(world, customer, capacity=SELF) -> ClaimCode:
    return claiming.propose_claim_code(customer=customer.pk, capacity=capacity, officer=world.pia, by=by(world.pia))


def act(service, code, member):
    return service(claim_code=code.pk, officer=member, by=by(member))


@pytest.fixture
def unclaimed(world):
    return customer_records.open_customer_record(reference="C-7", by=PORTAL)


def test_it_is_for_whom_nothing_else_lets_in(world, unclaimed):
    listed = customer_records.open_customer_record(reference="C-8", email="vera@example.com", by=PORTAL)
    ada, young = world.ada.customer, customer_records.open_customer_record(reference="C-9", by=PORTAL)
    put_on_list(young, born_on=date(2018, 5, 1), country="DE")
    for customer, capacity, refusal in (
        (listed, SELF, AddressOnFileWorks),
        (ada, SELF, AlreadyClaimed),
        (ada, GUARDIAN, NotAChild),
        (unclaimed, HOLDER, NoHolderYet),
        (young, HOLDER, TooYoungToShare),
    ):
        with pytest.raises(refusal):
            propose(world, customer, capacity)
    assert not ClaimCode.objects.exists()


def test_what_is_done_stays_done_and_what_is_over_is_not_begun_again(world, unclaimed):
    approve, cancel = claiming.approve_claim_code, claiming.cancel_claim_code
    code = propose(world, unclaimed)
    assert act(approve, code, world.otto).approved_at == act(approve, code, world.otto).approved_at
    with pytest.raises(AlreadyDecided):
        act(approve, code, world.quinn)
    assert act(cancel, code, world.otto).cancelled_at == act(cancel, code, world.pia).cancelled_at
    with pytest.raises(AlreadyDecided):
        act(approve, code, world.quinn)
    assert Entry.objects.filter(event__in=["claim_code.approved", "claim_code.cancelled"]).count() == 2


def test_its_state_is_told_in_a_word(world, unclaimed):
    code = propose(world, unclaimed)
    approved = act(claiming.approve_claim_code, code, world.otto)
    just_before, at_the_end = approved.ends_at - timedelta(seconds=1), approved.ends_at
    assert describe_claim_code_state(approved, just_before) == ("wait", "Approved, not printed yet")
    assert describe_claim_code_state(approved, at_the_end) == ("no", "Expired")

    user, printed = make_user("cara@example.com"), act(claiming.print_claim_code, code, world.pia)
    assert describe_claim_code_state(ClaimCode.objects.get(), just_before) == ("yes", "Printed")
    claiming.claim_record_by_code(user=user, code=printed, by=Actor("customer", str(user.pk)))
    assert describe_claim_code_state(ClaimCode.objects.get(), at_the_end) == ("yes", "Used")


def test_one_that_was_used_or_never_was_is_neither_approved_nor_cancelled(world, unclaimed):
    code, user = propose(world, unclaimed), make_user("cara@example.com")
    act(claiming.approve_claim_code, code, world.otto)
    printed = act(claiming.print_claim_code, code, world.pia)
    claiming.claim_record_by_code(user=user, code=printed, by=Actor("customer", str(user.pk)))
    with pytest.raises(AlreadyDecided):
        act(claiming.cancel_claim_code, code, world.otto)
    for service in (claiming.approve_claim_code, claiming.print_claim_code, claiming.cancel_claim_code):
        with pytest.raises(Unknown):
            act(service, ClaimCode(pk=uuid4()), world.otto)
