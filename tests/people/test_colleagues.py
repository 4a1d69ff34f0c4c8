"""Officers look after colleagues on their pages: invite, change, end, and decide what takes two."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from consents.access.models import Grant
from consents.core.refusals import Refusal, Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.models import Message
from consents.people.models import DirectoryPerson, Role, StaffMember, StaffProposal
from consents.people.services import staff_members
from consents.people.services.holding import NotAnOfficer
from tests.bench.counting import queries_of
from tests.world.cast import answer, ask, make_staff, signed_in
from tests.world.colleagues import approve_change, by_officer, cancel_change, propose_officer, propose_reset

# Officers invite colleagues, change their place and end it; two make an officer, or reset a second factor.

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


STAFF = "/admin/people/staffmember/"
CHANGES = "/admin/people/staffproposal/"
NEW = {"email": " Noa@Example.com", "first_name": "Noa", "team": "Returns", "role": "requester"}


@pytest.fixture
def otto(world) -> Client:
    return signed_in(world.otto.user)


@pytest.fixture
def pia(world) -> Client:
    return signed_in(world.pia.user)


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def press(client: Client, record, action: str, **typed):
    """One button of the record's page, confirmed."""
    form = {"CHANGE_FORM-action": action, "_selected_action": str(record.pk), "confirm": "1"} | typed
    rooms = STAFF if isinstance(record, StaffMember) else CHANGES
    return client.post(f"{rooms}{record.pk}/change/", form, follow=True)


def test_an_officer_invites_and_the_page_says_how_it_goes_on(otto):
    page = otto.post(f"{STAFF}add/", NEW, follow=True)

    assert "They are told by email how to sign in." in text(page) and "Never" in text(page)
    assert StaffMember.objects.get(user__email="noa@example.com").team == "Returns"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "sam@example.com"}, "already belongs to someone"),
        ({"email": "nobody"}, "valid email address"),
        ({"first_name": ""}, "Type the first name."),
        ({"first_name": "N\u200boa\u202e"}, "cannot be printed"),
        ({"team": "x" * 61}, "at most 60 characters"),
        ({"role": "king"}, "not one of the available choices"),
        ({"role": ""}, "Choose what they may do."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(otto, wrong, sentence):
    page = otto.post(f"{STAFF}add/", NEW | wrong)

    assert page.status_code == 422 and sentence in text(page)
    assert 'value="Returns"' in text(page) or "team" in wrong


def test_that_an_address_is_a_customers_is_told_on_record_and_not_without_end(otto, world, settings):
    looks = Entry.objects.filter(event="customer.looked_up", actor=str(world.otto.pk))
    assert "already belongs" in text(otto.post(f"{STAFF}add/", NEW | {"email": "sam@example.com"}))
    assert not looks.exists()  # of colleagues officers have a list

    assert "already belongs" in text(otto.post(f"{STAFF}add/", NEW | {"email": "ada@example.com"}))

    assert looks.get().customer == world.ada.customer.id
    settings.PORTAL_LOOK_UPS_PER_HOUR = 1
    for address in ("ben@example.com", "noa@example.com"):
        assert "looked up too many" in text(otto.post(f"{STAFF}add/", NEW | {"email": address}))


def test_a_colleague_gets_another_team(otto, world):
    asked = otto.get(f"{STAFF}{world.sam.pk}/act/change_place/")
    assert 'value="Billing Support"' in text(asked)
    wrong = press(otto, world.sam, "change_place", role="requester", team="")
    assert wrong.status_code == 422 and "Type the team." in text(wrong)
    same = press(otto, world.sam, "change_place", role="requester", team="Billing Support")
    assert same.status_code == 422 and "They have this role and team now." in text(same) and "Done." not in text(same)

    done = press(otto, world.sam, "change_place", role="requester", team="Returns")

    assert "Done. It counts now." in text(done)
    world.sam.refresh_from_db()
    assert world.sam.team == "Returns"


def test_an_officer_to_be_waits_for_another_officer(otto, pia, world):
    asked = press(otto, world.sam, "change_place", role="privacy_officer", team="Privacy")
    assert "Until then nothing changes." in text(asked)
    proposal = StaffProposal.objects.get()
    assert f"{world.sam.user.get_full_name()}: Becomes" in text(pia.get(f"{CHANGES}{proposal.pk}/change/"))
    german = text(pia.get(f"{CHANGES}{proposal.pk}/change/", headers={"accept-language": "de"}))
    assert ">Änderung</dt>" in german and ">Ändern</dt>" not in german
    assert "Waits for another officer" in text(otto.get(f"{STAFF}{world.sam.pk}/change/"))
    assert "change of rights to check" in text(pia.get("/admin/"))
    assert "change of rights to check" not in text(otto.get("/admin/"))

    assert "You proposed this change" in text(press(otto, proposal, "approve_change"))
    assert "It counts now" in text(press(pia, proposal, "approve_change"))

    world.sam.refresh_from_db()
    assert world.sam.role == "privacy_officer"


def test_a_second_factor_is_reset_by_two(otto, pia, world):
    assert "Reset second factor" not in text(otto.get(f"{STAFF}{world.sam.pk}/change/"))
    Authenticator.objects.create(user=world.sam.user, type=Authenticator.Type.TOTP, data={})
    assert "Reset second factor" in text(otto.get(f"{STAFF}{world.sam.pk}/change/"))
    press(otto, world.sam, "propose_reset")

    press(pia, StaffProposal.objects.get(), "approve_change")

    assert not Authenticator.objects.exists()


def test_a_proposal_is_cancelled(otto, world):
    proposal = propose_officer(world.otto, world.sam)

    assert "has been cancelled" in text(press(otto, proposal, "cancel_change"))
    assert "Cancelled by" in text(otto.get(f"{CHANGES}{proposal.pk}/change/"))


def test_who_left_comes_back(otto, world):
    press(otto, world.sam, "end_membership")
    assert "They work here again" in text(press(otto, world.sam, "return_member", team="Returns"))

    world.sam.refresh_from_db()
    assert world.sam.ended_at is None


def test_an_invitation_is_sent_again(otto, world):
    assert "on its way" in text(press(otto, world.kim, "send_invitation"))


def test_nobody_is_offered_to_change_themselves(otto, world):
    page = text(otto.get(f"{STAFF}{world.otto.pk}/change/"))

    assert "Change role or team" not in page
    assert press(otto, world.otto, "change_place", role="requester", team="X").status_code == 404


def test_whose_place_the_directory_tells_is_said_where_to_change_it(otto, world):
    told = "Told by the company’s directory. Change them there."
    page = f"/admin/people/staffmember/{world.sam.pk}/change/"
    assert told not in text(otto.get(page))

    person = DirectoryPerson.objects.create(name="sam@example.com", user=world.sam.user)
    assert told not in text(otto.get(page))
    DirectoryPerson.objects.filter(pk=person.pk).update(place={"role": "requester", "team": "Returns"})
    assert told in text(otto.get(page))


def test_requesters_open_none_of_it(world):
    sam, proposal = signed_in(world.sam.user), propose_reset(world.otto, world.kim)

    for address in (STAFF, f"{STAFF}add/", CHANGES, f"{CHANGES}{proposal.pk}/change/"):
        assert sam.get(address).status_code in (403, 404)


def test_the_lists_ask_the_same_however_many_there_are(otto, world):
    otto.get("/admin/")  # the first page of a session also writes down when it began
    few = {address: queries_of(otto, address) for address in (STAFF, CHANGES)}
    for place in range(5):
        member = make_staff(f"s{place}@example.com", "requester", "Returns", "Noa")
        propose_officer(world.pia, member)

    assert {address: queries_of(otto, address) for address in few} == few
