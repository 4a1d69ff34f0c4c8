"""Officers invite colleagues, change their place and end it; two make an officer, or reset a second factor."""

import pytest
from allauth.mfa.models import Authenticator

from consents.access.models import Grant
from consents.core.refusals import Refusal, Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.models import Message
from consents.people.models import DirectoryPerson, Role, StaffMember, StaffProposal
from consents.people.services import staff_members
from consents.people.services.holding import NotAnOfficer
from tests.world.cast import answer, ask, signed_in
from tests.world.colleagues import approve_change, by_officer, cancel_change, propose_officer, propose_reset

INVITED = {"email": "noa@example.com", "team": "Returns", "first_name": "Noa"}


def invite(officer, role=Role.REQUESTER) -> StaffMember:
    return staff_members.invite_to_staff_site(officer=officer, role=role, by=by_officer(officer), **INVITED)


def place_of(member) -> tuple[str, str]:
    fresh = StaffMember.objects.get(pk=member.pk)
    return fresh.role, fresh.team


def events_about(member) -> list[str]:
    return list(Entry.objects.filter(object=str(member.pk)).order_by("pk").values_list("event", flat=True))


def test_who_is_invited_is_told_how_to_sign_in(world):
    member = invite(world.otto)

    assert events_about(member) == ["staff.invited", "staff.invitation_sent"]
    assert Message.objects.get(user=member.user).kind == "staff_invited"
    assert member.user.emailaddress_set.get().verified


def test_an_officer_to_be_begins_as_a_requester(world):
    member = invite(world.otto, Role.PRIVACY_OFFICER)
    assert place_of(member) == ("requester", "Returns")

    approve_change(world.pia, StaffProposal.objects.get(member=member))

    assert place_of(member) == ("privacy_officer", "Returns")


def test_an_invitation_is_sent_again_until_the_first_sign_in(world):
    member = invite(world.otto)
    again = {"member": member.pk, "officer": world.pia, "by": by_officer(world.pia)}
    staff_members.send_invitation_again(**again)
    assert Message.objects.filter(user=member.user, kind="staff_invited").count() == 2

    signed_in(member.user)
    with pytest.raises(staff_members.SignedInAlready):
        staff_members.send_invitation_again(**again)


def test_a_team_changes_at_once_and_takes_what_was_allowed(world):
    answer(world, ask(world))
    staff_members.change_colleague_place(
        member=world.sam.pk, role=Role.REQUESTER, team="Returns", officer=world.otto, by=by_officer(world.otto)
    )

    assert place_of(world.sam) == ("requester", "Returns")
    assert not Grant.objects.filter(staff=world.sam.user, ended_at=None).exists()
    assert Message.objects.get(user=world.sam.user, kind="staff_place_changed").context["change"] == "moved"


def test_two_make_an_officer(world):
    proposal = propose_officer(world.otto, world.sam)
    assert place_of(world.sam)[0] == "requester"

    approve_change(world.pia, proposal)
    approve_change(world.pia, proposal)

    assert place_of(world.sam) == ("compliance_officer", "Oversight")
    assert Entry.objects.get(event="staff.moved").details.count(str(proposal.pk)) == 1


def test_who_gets_it_does_not_approve(world):
    proposal = propose_officer(world.otto, world.pia)

    for decide in (approve_change, cancel_change):
        with pytest.raises(staff_members.OwnPlace):
            decide(world.pia, proposal)


def test_what_has_happened_meanwhile_is_said(world):
    proposal = propose_officer(world.otto, world.sam)
    staff_members.move_staff_member(member=world.sam, role=Role.COMPLIANCE_OFFICER, team="Oversight", by=PORTAL)
    with pytest.raises(staff_members.HasThisPlace):
        approve_change(world.pia, proposal)

    staff_members.end_staff_membership(member=world.sam, by=PORTAL)
    with pytest.raises(staff_members.NoLongerHere):
        approve_change(world.pia, proposal)


def test_a_proposal_of_somebody_who_left_does_not_count(world):
    proposal = propose_officer(world.otto, world.sam)
    staff_members.end_staff_membership(member=world.otto, by=by_officer(world.pia))

    with pytest.raises(NotAnOfficer):
        approve_change(world.pia, proposal)


def test_two_reset_a_second_factor(world):
    Authenticator.objects.create(user=world.sam.user, type=Authenticator.Type.TOTP, data={})
    sam = signed_in(world.sam.user)
    proposal = propose_reset(world.otto, world.sam)
    assert sam.get("/admin/").status_code == 200

    approve_change(world.pia, proposal)

    assert not Authenticator.objects.filter(user=world.sam.user).exists()
    assert events_about(world.sam)[-1] == "staff.factors_reset"
    assert Message.objects.get(user=world.sam.user, kind="staff_place_changed").context["change"] == "factors_reset"


ACTS = {
    "move": lambda who, of: staff_members.change_colleague_place(
        member=of, role=Role.REQUESTER, team="X", officer=who, by=by_officer(who)
    ),
    "end": lambda who, of: staff_members.end_colleague_place(member=of, officer=who, by=by_officer(who)),
    "return": lambda who, of: staff_members.return_colleague(member=of, team="X", officer=who, by=by_officer(who)),
    "reset": lambda who, of: staff_members.propose_factor_reset(member=of, officer=who, by=by_officer(who)),
    "invite again": lambda who, of: staff_members.send_invitation_again(member=of, officer=who, by=by_officer(who)),
}


@pytest.mark.parametrize("act", ACTS)
def test_nobody_does_it_to_themselves_and_no_requester_does_it_at_all(world, act):
    with pytest.raises(staff_members.OwnPlace):
        ACTS[act](world.otto, world.otto.pk)
    with pytest.raises(NotAnOfficer):
        ACTS[act](world.kim, world.sam.pk)
    with pytest.raises(Unknown):
        ACTS[act](world.otto, world.ada.user.pk)


def test_who_has_left_is_not_changed_but_comes_back(world):
    ACTS["end"](world.otto, world.sam.pk)
    ACTS["end"](world.otto, world.sam.pk)
    for act in ("move", "reset", "invite again"):
        with pytest.raises(Refusal):
            ACTS[act](world.otto, world.sam.pk)

    ACTS["return"](world.otto, world.sam.pk)

    assert place_of(world.sam) == ("requester", "X")
    assert [event for event in events_about(world.sam) if event != "staff.invited"] == ["staff.ended", "staff.returned"]


def test_whom_the_directory_places_it_alone_moves(world):
    proposal = propose_officer(world.otto, world.sam)
    place = {"role": "requester", "team": "Billing Support"}
    DirectoryPerson.objects.create(user=world.sam.user, name="sam@example.com", place=place)

    with pytest.raises(staff_members.PlacedByDirectory):
        ACTS["move"](world.otto, world.sam.pk)
    with pytest.raises(staff_members.PlacedByDirectory):
        approve_change(world.pia, proposal)
    ACTS["end"](world.otto, world.sam.pk)
    with pytest.raises(staff_members.PlacedByDirectory):
        ACTS["return"](world.otto, world.sam.pk)
