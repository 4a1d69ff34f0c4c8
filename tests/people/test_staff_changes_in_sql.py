"""Two officers for what one must not do alone, against somebody who has the application's password and writes SQL."""

import pytest

from consents.access.models import Grant
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.ops.backups import reapplying
from consents.people.models import Role, StaffMember
from consents.people.services import staff_members
from tests.world.cast import answer, ask
from tests.world.colleagues import propose_officer, propose_reset

REFUSED = "23001"
CHECKED = "23514"
ENTRY = """SELECT portal.append_entry(%(event)s, NULL, 'staff', %(actor)s, 'x', %(object)s, '', 'portal', NULL,
    %(outcome)s, jsonb_build_object('team', 'Oversight', 'proposal', %(proposal)s::text, 'officer', %(officer)s::text,
    'member', %(member)s::text)::text)"""
MOVE = "UPDATE people_staffmember SET role = %s, team = 'Oversight' WHERE user_id = %s"
PROPOSE = """INSERT INTO people_staffproposal (id, member_id, kind, role, team, proposed_by_id)
    VALUES ('11111111-2222-4333-8444-555555555555', %s, %s, %s, %s, %s)"""
APPROVE = "UPDATE people_staffproposal SET approved_by_id = %s, approved_at = portal.now() WHERE id = %s"
NEW = "11111111-2222-4333-8444-555555555555"


def entry(event, actor, object, outcome="compliance_officer", proposal=None, officer=None, member=None):
    who = officer.pk if officer else actor.pk
    facts = {"event": event, "actor": str(actor.pk), "object": str(object), "outcome": outcome}
    return ENTRY, facts | {"proposal": str(proposal), "officer": str(who), "member": str(member and member.pk)}


def moved(member, role="compliance_officer"):
    return MOVE, [role, member.pk]


def proposed(member, by, kind="role", role="compliance_officer", team="Oversight"):
    return PROPOSE, [member.pk, kind, role, team, by.pk]


def test_no_officer_makes_an_officer_alone(real_world, tried):
    sam, otto = real_world.sam, real_world.otto

    assert tried(entry("staff.moved", otto, sam.pk), moved(sam)) == f"{REFUSED} people_staffmember_by_two"


def test_no_officer_changes_themselves_and_no_requester_anybody(real_world, tried):
    otto, sam, kim = real_world.otto, real_world.sam, real_world.kim
    by = f"{REFUSED} people_staffmember_by_two"

    assert tried(entry("staff.moved", otto, otto.pk, "requester"), moved(otto, "requester")) == by
    assert tried(entry("staff.moved", kim, sam.pk, "requester"), moved(sam, "requester")) == by
    assert tried(entry("staff.moved", otto, sam.pk, "requester"), moved(sam, "requester")).startswith("allowed")


def test_a_proposal_that_waits_makes_nobody_an_officer(real_world, tried):
    sam, otto, pia = real_world.sam, real_world.otto, real_world.pia
    proposal = propose_officer(otto, sam).pk
    told = entry("staff.moved", pia, sam.pk, proposal=proposal)

    assert tried(told, moved(sam)) == f"{REFUSED} people_staffmember_by_two"
    assert tried(told, (APPROVE, [pia.pk, proposal]), moved(sam)).startswith("allowed")
    assert tried(told, (APPROVE, [pia.pk, proposal]), moved(real_world.kim)).startswith(f"{REFUSED} people_staffmember")


def test_an_approval_serves_its_own_role_once(real_world, tried):
    sam, otto, pia = real_world.sam, real_world.otto, real_world.pia
    proposal = propose_officer(otto, sam).pk
    told = entry("staff.moved", pia, sam.pk, "privacy_officer", proposal=proposal)

    said = tried(told, (APPROVE, [pia.pk, proposal]), moved(sam, "privacy_officer"))

    assert said.startswith(REFUSED)


def test_the_colleague_does_not_approve(real_world, tried):
    pia = real_world.pia
    proposal = propose_officer(real_world.otto, pia).pk
    told = entry("staff.moved", pia, pia.pk, proposal=proposal)

    said = tried(told, (APPROVE, [pia.pk, proposal]), moved(pia))

    assert said == f"{CHECKED} people_staffproposal_not_about_oneself"


@pytest.mark.parametrize("change", ["role = 'privacy_officer'", "team = 'X'"])
def test_a_proposal_never_changes(real_world, tried, change):
    proposal = propose_officer(real_world.otto, real_world.sam).pk
    update = (f"UPDATE people_staffproposal SET {change} WHERE id = %s", [proposal])
    together = (
        f"UPDATE people_staffproposal SET {change}, approved_at = portal.now(), approved_by_id = %s WHERE id = %s",
        [real_world.pia.pk, proposal],
    )

    for statement in (update, together):
        assert tried(statement) == f"{REFUSED} people_staffproposal_frozen"


def test_an_approval_is_on_record_as_the_change(real_world, tried):
    sam, pia = real_world.sam, real_world.pia
    reset = propose_reset(real_world.otto, sam).pk
    approve = (APPROVE, [pia.pk, reset])
    of_another = entry("staff.factors_reset", pia, sam.pk, "", proposal=NEW)

    for statements in ((approve,), (of_another, approve)):
        assert tried(*statements) == f"{REFUSED} people_staffproposal_approved_on_record"
    assert tried(entry("staff.factors_reset", pia, sam.pk, "", proposal=reset), approve).startswith("allowed")


@pytest.mark.parametrize(
    ("kind", "role", "team"),
    [
        ("role", "requester", "X"),
        ("role", "", "X"),
        ("role", "privacy_officer", ""),
        ("factors", "", "X"),
        ("x", "", ""),
    ],
)
def test_only_known_changes_are_proposed(real_world, tried, kind, role, team):
    said = tried(proposed(real_world.kim, real_world.otto, kind, role, team))

    assert said == f"{CHECKED} people_staffproposal_known_change"


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
