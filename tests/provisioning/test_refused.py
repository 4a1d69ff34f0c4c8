"""What the directory says and the portal does not do, each answered in the protocol's shape."""

from uuid import UUID

import pytest
from django.test import Client

from consents.accounts.provisioning import acts, storage
from consents.ledger.rules import PORTAL
from consents.people.models import DirectoryGroup, DirectoryPerson, StaffMember
from tests.world.directories import CORE, let_in


@pytest.fixture
def directory(settings):
    return let_in(settings)


def test_a_message_that_is_too_large_is_refused_with_what_to_do(db, directory, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 500

    status, content = directory.send("POST", "Users", "x" * 501)

    assert (status, content["status"]) == (413, "413") and "in steps" in content["detail"]
    assert not DirectoryPerson.objects.exists()


@pytest.mark.parametrize("path", ["Users", "ServiceProviderConfig", "Users/nobody"])
def test_head_is_answered_as_get_without_a_body(db, directory, path):
    """RFC 9110, section 9.3.2."""
    head, get = (directory.client.generic(method, f"/scim/v2/{path}") for method in ("HEAD", "GET"))

    assert (head.status_code, head["Content-Type"], head.content) == (get.status_code, get["Content-Type"], b"")


@pytest.mark.parametrize("stranger", ["somebody", str(UUID(int=7))])
def test_a_group_stays_as_it_is_when_one_who_is_unknown_is_named(db, directory, stranger):
    rita, tom = directory.add_person(), directory.add_person("tom@example.com")
    group = directory.add_group("shop-support", rita)
    members = [{"value": tom}, {"value": stranger}]
    new = {"schemas": [f"{CORE}:Group"], "displayName": "shop-support", "members": members}

    status, content = directory.send("PUT", f"Groups/{group}", new)

    assert status == 400 and content["detail"] == "A member of this group is unknown here."
    assert [member.user.email for member in StaffMember.objects.filter(ended_at=None)] == ["rita@example.com"]


def test_a_name_that_is_taken_and_one_that_cannot_be_stored_are_refused(db, directory):
    directory.add_person()
    directory.add_group("shop-support")
    taken = directory.send("POST", "Groups", {"schemas": [f"{CORE}:Group"], "displayName": "shop-support"})
    endless = directory.send("POST", "Users", {"schemas": [f"{CORE}:User"], "userName": "x" * 5_000})

    assert (taken[0], endless[0]) == (409, 400)
    assert DirectoryPerson.objects.count() == DirectoryGroup.objects.count() == 1


def test_a_colleague_of_whom_nothing_was_told_yet_is_changed_and_not_told_of_anew(world, directory):
    """Their place is an officer's until the directory speaks of the very person it finds here."""
    person = {"schemas": [f"{CORE}:User"], "userName": "Sam@example.com", "active": True}

    assert directory.send("POST", "Users", person)[0] == 409
    assert not DirectoryPerson.objects.exists()


def test_an_address_that_is_somebody_elses_is_refused_once_there_is_a_place_for_it(world, directory):
    odd = directory.add_person("odd@example.com")
    assert directory.patch(f"Users/{odd}", {"op": "replace", "path": "userName", "value": "ada@example.com"})[0] < 300

    group = directory.add_group("shop-support")
    add = {"op": "add", "path": "members", "value": [{"value": odd}]}
    status, told = directory.patch(f"Groups/{group}", add)

    assert status == 409 and "somebody else" in told["detail"]
    assert not hasattr(world.ada.user, "staff_member")


def test_a_sign_up_that_was_begun_with_their_address_keeps_nobody_from_their_place(db, directory):
    Client().post("/accounts/signup/", {"email": "rita@example.com"})

    directory.add_group("shop-support", directory.add_person())

    assert StaffMember.objects.get().user.email == "rita@example.com"


def test_who_was_forgotten_meanwhile_gets_no_place(db, directory):
    acts.give_places([UUID(int=7)], PORTAL)

    assert not StaffMember.objects.exists()


def test_only_what_is_looked_for_is_found(db, directory):
    directory.add_person(externalId="7")
    directory.add_person("tom@example.com", externalId="8")
    for name in ("night-shift", "shop-support"):
        directory.add_group(name)
    # The database looks them up, not Python among all.
    assert len(storage.list_users(("externalid", "8"))) == 1 and not storage.list_group_resources(("displayname", "x"))
    for path, looked_for, found in (
        ("Users", 'externalId eq "8"', ["tom@example.com"]),
        ("Users", 'externalId eq "9"', []),
        ("Groups", 'displayName eq "Shop-Support"', ["shop-support"]),
        ("Groups", 'displayName eq "day-shift"', []),
    ):
        _, told = directory.send("GET", path, filter=looked_for)
        assert [one.get("userName", one.get("displayName")) for one in told["Resources"]] == found
