"""Two officers decide about the same proposal at once, in every matter that takes two."""

import pytest

from consents.people.models import Role
from consents.people.two_officers.refusals import AlreadyDecided
from tests.two_officers.matters import EXAMPLES, decide
from tests.world.cast import make_staff


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_of_two_second_officers_decides(real_world, race, name):
    example, rita = EXAMPLES[name], make_staff("rita@example.com", Role.PRIVACY_OFFICER, "Privacy", "Rita")
    proposal = example.propose(real_world, real_world.quinn)

    first, second = race(
        lambda: decide(example, proposal, real_world.pia, is_approved=True),
        lambda: decide(example, proposal, rita, is_approved=not example.events),
    )

    proposal.refresh_from_db()
    lost = second if proposal.approved_by == real_world.pia.user else first
    assert isinstance(lost, AlreadyDecided)
    assert not proposal.is_open
