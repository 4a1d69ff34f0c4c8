"""What the directory says and the portal does not do, each answered in the protocol's shape."""

from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.test.client import ClientHandler
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server
from scim2_tester.utils import ResourceManager

from consents.access.selectors import select_to_decide
from consents.accounts.provisioning import acts, storage
from consents.core.bearer_tokens import hash_token
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.models import DirectoryGroup, DirectoryPerson, StaffMember, User
from consents.people.services import staff_members
from portal.environment import read_token_hashes
from tests.world.cast import signed_in
from tests.world.colleagues import CORE, ENTERPRISE, NEXT_TOKEN, TOKEN, Directory, let_in
from tests.world.proposals import make_guarded_purpose, propose_request


def test_two_tokens_count_while_one_follows_the_other(db, settings):
    let_in(settings)
    settings.PORTAL_PROVISIONING_TOKENS = [hash_token(TOKEN), hash_token(NEXT_TOKEN)]
    assert [Directory(token).send("GET", "Users")[0] for token in (TOKEN, NEXT_TOKEN)] == [200, 200]

    settings.PORTAL_PROVISIONING_TOKENS = [hash_token(NEXT_TOKEN)]
    assert [Directory(token).send("GET", "Users")[0] for token in (TOKEN, NEXT_TOKEN)] == [401, 200]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {hash_token(TOKEN)}", "Bearer \udcff"]
)
@pytest.mark.parametrize("path", ["Users", "ServiceProviderConfig", ""])
def test_without_one_nothing_is_told(db, settings, header, path):
    directory = let_in(settings)

    response = directory.client.get(f"/scim/v2/{path}", headers={"authorization": header})

    assert response.status_code == 401 and response["WWW-Authenticate"] == 'Bearer realm="SCIM"'


def test_guessing_ends_and_the_directory_still_speaks(db, settings):
    directory = let_in(settings)
    statuses = [Directory("guess").send("GET", "Users")[0] for _ in range(21)]

    assert statuses == [401] * 20 + [429]
    assert Directory("guess").client.get("/scim/v2/Users")["Retry-After"] == "60"
    assert directory.send("GET", "Users")[0] == 200


def test_without_tokens_there_is_no_directory(db, settings):
    let_in(settings)
    settings.PORTAL_PROVISIONING_TOKENS = []

    assert Directory().client.get("/scim/v2/Users").status_code == 404


def test_a_token_is_shown_once_and_its_hash_counts(db, settings):
    out = StringIO()
    call_command("make_provisioning_token", stdout=out)
    first, second = out.getvalue().splitlines()
    let_in(settings)
    settings.PORTAL_PROVISIONING_TOKENS = [second.removeprefix("PORTAL_PROVISIONING_TOKENS=")]

    assert Directory(first.rpartition(" ")[2]).send("GET", "Users")[0] == 200


@pytest.mark.parametrize("hashes", [["x"], [TOKEN], ["a" * 64] * 3])
def test_settings_that_are_no_hashes_are_refused(hashes):
    with pytest.raises(ImproperlyConfigured, match="make_provisioning_token"):
        read_token_hashes("PORTAL_PROVISIONING_TOKENS", hashes)


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


# Who must agree to a colleague's requests first, as the company's directory names them.


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


def serve(environ, start_response):
    """Answer in the transaction of the test."""
    response = ClientHandler()(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


CLEAN_UP = ResourceManager.cleanup


def clean_up_once(manager: ResourceManager) -> None:
    """After each check the library would delete again what it has deleted after all those before."""
    CLEAN_UP(manager)
    manager.resources.clear()


def test_it_answers_as_the_protocol_says(db, settings, monkeypatch):
    let_in(settings)
    monkeypatch.setattr(ResourceManager, "cleanup", clean_up_once)
    # Each call would write down all those before it.
    settings.ACCOUNT_RATE_LIMITS = portal.ACCOUNT_RATE_LIMITS | {"provisioning": None}
    address, headers = f"{portal.PORTAL_URL}/scim/v2", {"Authorization": f"Bearer {TOKEN}"}

    results = check_server(WSGISCIMClient(serve, address, headers))

    assert len([result for result in results if result.status == Status.SUCCESS]) > 60
    assert [f"{result.title}: {result.reason}" for result in results if result.status == Status.ERROR] == []
