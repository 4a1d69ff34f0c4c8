"""A block of a person holds even in an emergency: a colleague must act. Only a legal duty passes it."""

import html

import pytest

from consents.access.models import Grant
from consents.access.rules.blocks import BlockedByCustomer, BlockKind
from consents.access.services import blocking
from consents.disclosures.services import LookRefused
from tests.world.cast import ask, signed_in
from tests.world.exemptions import decide, file_order, look, open_emergency
from tests.world.holders import share_account


def block(world, kind: BlockKind = BlockKind.EVERYBODY, **whom) -> None:
    blocking.place_block(customer=world.ada.customer.id, kind=kind, by=world.ada.actor, **whom)


def test_a_block_ends_what_an_emergency_opened_and_passes_a_duty(real_world):
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))

    block(real_world)

    with pytest.raises(LookRefused):
        look(emergency)
    assert look(duty) == 2
    assert Grant.objects.get(exemption=emergency.pk).ended_at and not Grant.objects.get(exemption=duty.pk).ended_at


def test_a_blocked_person_opens_no_emergency_a_colleague_does(real_world):
    asked = ask(real_world, "contact")
    waiting = open_emergency(real_world, "health", at_once=False)
    block(real_world, BlockKind.MEMBER, access_request=asked.pk)

    with pytest.raises(BlockedByCustomer):
        open_emergency(real_world, "contact")
    with pytest.raises(BlockedByCustomer):
        decide(real_world, waiting)
    assert look(open_emergency(real_world, "contact", member=real_world.kim)) == 1
    assert look(decide(real_world, file_order(real_world, "orders"))) == 2


def test_who_blocks_everybody_is_not_told_that_a_duty_by_law_ended_too(real_world):
    decide(real_world, file_order(real_world, "orders"))
    page = signed_in(real_world.ada.user).post("/blocks/nobody/", follow=True).content.decode()

    assert "no one can ask or look from now on, unless a law requires it." in page


def test_while_an_emergency_runs_its_page_says_how_to_end_it(world):
    """A block ends it; nothing that the customer does ends what a law requires."""
    emergency, duty = open_emergency(world, "contact"), decide(world, file_order(world, "orders"))
    ada = signed_in(world.ada.user)

    def offers(exemption) -> bool:
        page = ada.get(f"/without-permission/{exemption.pk}/").content.decode()
        assert "could see your data without your permission" in page
        return 'at once.\n      <a href="/blocks/">' in page

    assert (offers(emergency), offers(duty)) == (True, False)
    block(world)
    assert not offers(emergency)


def test_who_shares_the_account_reads_whose_block_ended_it(real_world):
    mia, exemption = share_account(real_world), open_emergency(real_world, "contact")
    block(real_world)

    own, other = (
        html.unescape(signed_in(user).get(f"/without-permission/{exemption.pk}/").content.decode())
        for user in (real_world.ada.user, mia.user)
    )
    assert "You chose that nobody at all" in own
    assert "ad•••@example.com chose that nobody at all" in other and "You chose" not in other
