"""A member of staff gets another role or team, leaves and comes back: on record, and nothing goes with them."""

import pytest

from consents.access.models import Grant
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.ops.backups import reapplying
from consents.people.models import Role, StaffMember
from consents.people.services import staff_members
from tests.world.cast import answer, ask


def move(member) -> None:
    staff_members.move_staff_member(member=member, role=Role.PRIVACY_OFFICER, team="Privacy", by=PORTAL)


def test_who_moves_leaves_behind_what_customers_gave_them(world):
    answer(world, ask(world))
    move(world.sam)

    assert not Grant.objects.filter(staff=world.sam.user, ended_at=None).exists()
    moved = StaffMember.objects.get(pk=world.sam.pk)
    assert (moved.role, moved.team, moved.former_teams) == ("privacy_officer", "Privacy", ["billing support"])
    assert Entry.objects.get(event="staff.moved").outcome == "privacy_officer"


def test_moving_twice_is_moving_once(world):
    move(world.sam)
    move(world.sam)

    assert Entry.objects.filter(event="staff.moved").count() == 1


@pytest.mark.parametrize("times", [1, 2])
def test_who_left_comes_back_without_what_they_had(world, times):
    answer(world, ask(world))
    staff_members.end_staff_membership(member=world.sam, by=PORTAL)
    move(world.sam)
    for _ in range(times):
        staff_members.return_staff_member(member=world.sam, role=Role.REQUESTER, team="Returns", by=PORTAL)

    back = StaffMember.objects.get(pk=world.sam.pk)
    assert back.ended_at is None and back.team == "Returns"
    assert not Grant.objects.filter(staff=world.sam.user, ended_at=None).exists()
    assert Entry.objects.filter(event="staff.returned").count() == 1
    assert not Entry.objects.filter(event="staff.moved").exists()


def test_a_restore_moves_them_again(world):
    """A backup that still knows the officer of before must not let them decide."""
    entry = {"object": str(world.pia.pk), "details": {"role": "requester", "team": "Returns"}}
    for _ in range(2):
        reapplying.move_staff(entry, PORTAL)
    reapplying.move_staff(entry | {"object": str(world.ada.user.pk)}, PORTAL)

    assert StaffMember.objects.get(pk=world.pia.pk).role == "requester"
    assert Entry.objects.filter(event="staff.moved").count() == 1
