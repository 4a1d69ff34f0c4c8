"""A block against what is under way at the same moment: whoever comes first, nothing runs past it."""

from datetime import timedelta

from consents.access.models import AccessRequest, Grant
from consents.access.rules import AlreadyEnded
from consents.access.rules.blocks import BlockedByCustomer, BlockKind
from consents.access.services import blocking
from consents.core import clock
from consents.core.refusals import Refusal
from consents.disclosures.services import disclose_records
from consents.ledger.rules import Actor
from tests.world.cast import answer, ask


def letting_nobody(world):
    return lambda: blocking.place_block(customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor)


def list_live() -> list[Grant]:
    return [grant for grant in Grant.objects.all() if grant.is_live(clock.now() + timedelta(seconds=1))]


def test_nobody_at_all_while_an_answer_is_being_saved(real_world, race):
    requests = [
        ask(real_world, code, member=member)
        for code, member in (("orders", real_world.sam), ("contact", real_world.kim))
    ]

    outcomes = race(*(lambda one=one: answer(real_world, one) for one in requests), letting_nobody(real_world))

    assert not isinstance(outcomes[-1], Refusal)
    assert all(isinstance(one, AlreadyEnded | AccessRequest) for one in outcomes[:-1])
    assert list_live() == []
    assert not AccessRequest.objects.filter(state="pending").exists()


def test_nobody_at_all_while_staff_ask(real_world, race):
    asks = [lambda code=code: ask(real_world, code) for code in ("orders", "contact", "health")]

    outcomes = race(*asks, letting_nobody(real_world))

    assert all(isinstance(one, BlockedByCustomer | AccessRequest) for one in outcomes[:-1])
    assert not AccessRequest.objects.filter(state="pending").exists()


def test_nobody_at_all_pressed_many_times_is_one_block(real_world, race):
    outcomes = race(*[letting_nobody(real_world)] * 5)

    assert len({one.pk for one in outcomes}) == 1


def test_a_look_after_the_block_was_answered_shows_nothing(real_world, race):
    grant = answer(real_world, ask(real_world, "orders")).grants.get()
    by = Actor("staff", str(real_world.sam.pk))

    race(*[lambda: disclose_records(grant=grant.pk, staff=real_world.sam.pk, by=by)] * 3, letting_nobody(real_world))

    [refused] = race(lambda: disclose_records(grant=grant.pk, staff=real_world.sam.pk, by=by))
    assert isinstance(refused, Refusal) and refused.why == "blocked"
