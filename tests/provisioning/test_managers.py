"""Who must agree to a colleague's requests first, as the company's directory names them."""

from uuid import uuid4

import pytest

from consents.access.selectors import select_to_decide
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.models import StaffMember, User
from consents.people.services import staff_members
from tests.world.cast import signed_in
from tests.world.directories import CORE, ENTERPRISE, let_in
from tests.world.proposals import make_guarded_purpose, propose_request


@pytest.fixture
def directory(settings):
    return let_in(settings)


def get_manager(address: str) -> str:
    manager = StaffMember.objects.get(user__email=address).manager
    return manager.user.email if manager else ""


def count_changes() -> int:
    return Entry.objects.filter(event="staff.manager_set").count()


def find(directory, address: str) -> str:
    """The id of a colleague of whom the directory has told nothing yet."""
    _, found = directory.send("GET", "Users", filter=f'userName eq "{address}"')
    return str(found["Resources"][0]["id"])


def test_whom_the_directory_names_must_agree_once_both_work_here(db, directory):
    rita, tom = directory.add_person(), directory.add_person("tom@example.com")
    directory.tell_manager(rita, tom)
    directory.add_group("shop-support", rita)
    assert get_manager("rita@example.com") == ""

    directory.add_group("privacy-office", tom)
    assert get_manager("rita@example.com") == "tom@example.com"
    _, told = directory.send("GET", f"Users/{rita}")
    assert told[ENTERPRISE]["manager"]["value"] == tom


def test_what_waits_goes_to_whom_the_directory_names_now(world, directory):
    proposed = propose_request(world, make_guarded_purpose(world))
    sam, otto = find(directory, "sam@example.com"), find(directory, "otto@example.com")
    for _ in range(2):
        assert directory.tell_manager(sam, otto)[0] in (200, 204)

    assert list(select_to_decide(world.otto.pk)) == [proposed] and not select_to_decide(world.kim.pk)
    assert count_changes() == 2


def test_who_is_unknown_or_their_own_manager_is_passed_over(world, directory):
    staff_members.assign_manager(member=world.sam, manager=world.kim, by=PORTAL)
    sam = find(directory, "sam@example.com")
    for nobody in (str(uuid4()), "Kim Example", sam, ""):
        assert directory.tell_manager(sam, nobody)[0] in (200, 204)
        assert ENTERPRISE not in directory.send("GET", f"Users/{sam}")[1]

    assert get_manager("sam@example.com") == "kim@example.com" and count_changes() == 1


def test_an_unknown_manager_keeps_nobody_inside(world, directory):
    sam = find(directory, "sam@example.com")
    person = {"schemas": [f"{CORE}:User", ENTERPRISE], "userName": "sam@example.com", "active": False}
    assert directory.send("PUT", f"Users/{sam}", person | {ENTERPRISE: {"manager": {"value": "gone"}}})[0] == 200
    assert StaffMember.objects.get(pk=world.sam.pk).ended_at


def test_whom_the_directory_names_no_longer_stays_until_an_officer_sets_another(world, directory):
    sam, kim = find(directory, "sam@example.com"), find(directory, "kim@example.com")
    page = f"/admin/people/staffmember/{world.sam.pk}/change/"
    assert "Set the manager" in signed_in(world.pia.user).get(page).text
    directory.tell_manager(sam, kim)
    assert "Set the manager" not in signed_in(world.pia.user).get(page).text

    directory.patch(f"Users/{sam}", {"op": "remove", "path": f"{ENTERPRISE}:manager"})
    assert get_manager("sam@example.com") == "kim@example.com"
    assert "Set the manager" in signed_in(world.pia.user).get(page).text


@pytest.mark.parametrize("told", [True, False])
def test_a_manager_who_is_removed_leaves_their_people_to_the_officers(world, directory, told):
    """Also one of whom the directory has told nothing before."""
    staff_members.assign_manager(member=world.sam, manager=world.kim, by=PORTAL)
    sam, kim = find(directory, "sam@example.com"), find(directory, "kim@example.com")
    if told:
        directory.tell_manager(sam, kim)

    assert directory.send("DELETE", f"Users/{kim}")[0] == 204
    assert StaffMember.objects.get(pk=world.kim.pk).ended_at
    assert get_manager("sam@example.com") == "kim@example.com"
    assert ENTERPRISE not in directory.send("GET", f"Users/{sam}")[1]
    assert User.objects.filter(email="kim@example.com").exists()
    page = f"/admin/people/staffmember/{world.sam.pk}/change/"
    assert "Set the manager" in signed_in(world.pia.user).get(page).text
