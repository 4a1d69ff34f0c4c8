"""The records of erasures, of legal holds, and of who had which role among staff."""

from consents.exports.rules import Dataset
from consents.people.models import Role
from consents.people.services import holding, staff_members
from tests.world.cast import make_staff
from tests.world.colleagues import approve_change, propose_officer
from tests.world.erasing import actor, erase, hold, propose
from tests.world.exports import exported, long_ago


def test_an_erasure_names_its_ground_and_both_officers(real_world):
    erase(real_world)
    propose(real_world, real_world.ben)

    done, proposed = exported(real_world, dataset=Dataset.ERASURES)

    assert (done["subject_ref"], done["ground"]) == (str(real_world.ada.customer.id), "requested")
    assert (done["proposed_by"], done["confirmed_by"]) == (str(real_world.pia.pk), str(real_world.otto.pk))
    assert done["erased_at"] and done["changed_after_period"] == "false"
    assert (proposed["erased_at"], proposed["confirmed_by"]) == ("", "")
    assert exported(real_world, long_ago(), dataset=Dataset.ERASURES) == []


def test_a_legal_hold_is_there_as_long_as_it_stands(real_world):
    lifted = hold(real_world)
    holding.lift_hold(hold=lifted.pk, officer=real_world.otto, by=actor(real_world.otto))
    hold(real_world, customer=real_world.ben.customer.id)

    first, second = exported(real_world, dataset=Dataset.HOLDS)

    assert (first["reason"], first["document"], first["placed_by"]) == (
        "court_order",
        "Az. 12/26",
        str(real_world.otto.pk),
    )
    assert first["lifted_by"] == str(real_world.otto.pk) and second["lifted_at"] == ""
    assert exported(real_world, long_ago(), dataset=Dataset.HOLDS) == []


def test_rights_of_staff_say_from_when_to_when(real_world):
    leaver = make_staff("lea@example.com", Role.REQUESTER, "Customer Care", "Lea")
    staff_members.end_staff_membership(member=leaver, by=actor(real_world.otto))

    members = {member["handler_ref"]: member for member in exported(real_world, dataset=Dataset.STAFF_RIGHTS)}

    assert members[str(leaver.pk)]["taken_by"] == str(real_world.otto.pk)
    assert members[str(leaver.pk)]["until_moment"] > members[str(leaver.pk)]["from_moment"]
    assert (members[str(real_world.pia.pk)]["role"], members[str(real_world.pia.pk)]["until_moment"]) == (
        "privacy_officer",
        "",
    )


def test_of_an_officer_it_names_the_two_who_made_them(real_world):
    approve_change(real_world.pia, propose_officer(real_world.otto, real_world.sam))

    members = {member["handler_ref"]: member for member in exported(real_world, dataset=Dataset.STAFF_RIGHTS)}

    made, invited = members[str(real_world.sam.pk)], members[str(real_world.pia.pk)]
    officers = (str(real_world.otto.pk), str(real_world.pia.pk))
    assert (made["officer_proposed_by"], made["officer_approved_by"]) == officers
    assert (invited["officer_proposed_by"], invited["officer_approved_by"]) == ("", "")
