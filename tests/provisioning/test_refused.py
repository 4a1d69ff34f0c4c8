"""What the directory says and the portal does not do, each answered in the protocol's shape."""

from uuid import UUID

import pytest

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
