"""One officer proposes, another approves or rejects: in every matter that takes two."""

import pytest

from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.people.models import Role
from consents.people.services.holding import NotAnOfficer
from consents.people.two_officers.models import Proposal
from consents.people.two_officers.refusals import AlreadyDecided, AlreadyProposed, NeedsSecondOfficer
from tests.two_officers.matters import EXAMPLES, decide
from tests.world.cast import make_staff


@pytest.fixture(params=EXAMPLES)
def example(request):
    return EXAMPLES[request.param]


def test_every_matter_has_an_example():
    assert {example.matter.model for example in EXAMPLES.values()} == set(Proposal.__subclasses__())


def test_the_first_officer_does_not_approve(world, example):
    proposal = example.propose(world, world.quinn)

    with pytest.raises(NeedsSecondOfficer, match=str(example.matter.needs_second_officer)):
        decide(example, proposal, world.quinn, is_approved=True)

    proposal.refresh_from_db()
    assert proposal.is_open


@pytest.mark.parametrize(("is_approved", "who"), [(True, "pia"), (False, "pia"), (False, "quinn")])
def test_it_is_decided_once_and_a_repeat_changes_nothing(world, example, is_approved, who):
    proposal, officer = example.propose(world, world.quinn), getattr(world, who)

    decide(example, proposal, officer, is_approved=is_approved)
    entries = Entry.objects.count()
    decide(example, proposal, officer, is_approved=is_approved)

    assert Entry.objects.count() == entries
    proposal.refresh_from_db()
    assert (proposal.approved_by_id if is_approved else proposal.cancelled_by_id) == officer.pk
    rita = make_staff("rita@example.com", Role.PRIVACY_OFFICER, "Privacy", "Rita")
    for other in (True, False) if example.events else (True,):
        with pytest.raises(AlreadyDecided, match=str(example.matter.already_decided)):
            decide(example, proposal, rita, is_approved=other)


def test_one_waits_at_a_time(world, example):
    proposal = example.propose(world, world.quinn)
    with pytest.raises(AlreadyProposed, match=str(example.matter.already_proposed)):
        example.propose(world, world.pia)

    decide(example, proposal, world.pia, is_approved=False)
    assert example.propose(world, world.pia).pk != proposal.pk


def test_only_officers_propose_and_decide(world, example):
    with pytest.raises(NotAnOfficer):
        example.propose(world, world.kim)
    proposal = example.propose(world, world.quinn)
    for is_approved in (True, False):
        with pytest.raises(NotAnOfficer):
            decide(example, proposal, world.kim, is_approved=is_approved)


def test_what_was_never_proposed_is_not_decided(world, example):
    proposal = example.propose(world, world.quinn)
    proposal.pk = "11111111-2222-4333-8444-555555555555"

    for is_approved in (True, False):
        with pytest.raises(Unknown):
            decide(example, proposal, world.pia, is_approved=is_approved)
