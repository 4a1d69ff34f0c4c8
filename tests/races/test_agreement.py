"""One end of a request that waits for the manager, and one request to the customer, whoever presses at once."""

import pytest

from consents.access.models import AccessRequest, ProposedRequest
from consents.access.services import ending_proposals
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.services.staff_members import assign_manager, end_staff_membership
from tests.races.meetings import won
from tests.world.proposals import agree, by_member, decline, make_guarded_purpose, propose_request
from tests.world.retirements import confirm_end, propose_end


@pytest.fixture
def guarded(real_world):
    return make_guarded_purpose(real_world)


@pytest.fixture
def proposed(real_world, guarded):
    return propose_request(real_world, guarded)


def take_back(world, proposed):
    by = by_member(world.sam)
    return ending_proposals.take_proposal_back(proposed_request=proposed.pk, member=world.sam, by=by)


def check_one_end(proposed) -> str:
    """One entry tells the end, and there is a request exactly if the manager agreed. Returns the state."""
    state = ProposedRequest.objects.get(pk=proposed.pk).state
    events = Entry.objects.filter(object=str(proposed.pk)).order_by("id").values_list("event", flat=True)
    assert list(events) == ["proposed_request.filed", f"proposed_request.{state}"]
    assert AccessRequest.objects.count() == (state == "agreed")
    return state


def test_two_yes_ask_the_customer_once(real_world, race, proposed):
    filed = race(*[lambda: agree(proposed, real_world.kim)] * 5)

    assert len({request.pk for request in won(filed)}) == 1 and check_one_end(proposed) == "agreed"


def test_of_a_yes_a_no_and_a_taking_back_one_counts(real_world, race, proposed):
    outcomes = race(
        lambda: agree(proposed, real_world.kim),
        lambda: decline(proposed, real_world.kim),
        lambda: take_back(real_world, proposed),
    )

    assert len(won(outcomes)) == 1
    assert check_one_end(proposed) == ["agreed", "declined", "ended"][outcomes.index(won(outcomes)[0])]


def test_a_yes_as_the_manager_changes_is_theirs_who_is_it_then(real_world, race, proposed):
    outcomes = race(
        lambda: agree(proposed, real_world.kim),
        lambda: assign_manager(member=real_world.sam, manager=real_world.otto, by=PORTAL),
        lambda: agree(proposed, real_world.otto),
    )

    won(outcomes)
    state = ProposedRequest.objects.get(pk=proposed.pk)
    if state.state == "agreed":
        assert check_one_end(proposed) == "agreed" and state.decided_by in (real_world.kim.user, real_world.otto.user)


def test_a_yes_as_its_purpose_is_retired_or_the_requester_leaves(real_world, race, guarded, proposed):
    retirement = propose_end(guarded.purpose, real_world.quinn)
    outcomes = race(
        lambda: agree(proposed, real_world.kim),
        lambda: confirm_end(retirement, real_world.pia),
        lambda: end_staff_membership(member=real_world.sam, by=PORTAL),
    )

    won(outcomes)
    assert check_one_end(proposed) in ("agreed", "ended")
    assert not AccessRequest.objects.filter(state="pending").exists()
