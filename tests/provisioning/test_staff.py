"""Who begins, moves and ends here as the company's directory tells it, and nothing else follows."""

import json
from types import SimpleNamespace

import pytest
from django.test import Client

from consents.access.models import Grant
from consents.accounts.provisioning.acts import BY_DIRECTORY
from consents.accounts.provisioning.storage import DirectoryStorage, MemberOfGroup
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.models import DirectoryPerson, StaffMember, User
from consents.people.services import staff_members
from tests.world.cast import answer, ask, signed_in
from tests.world.colleagues import CORE, let_in
from tests.world.systems import RITA, answering, begin, come_back, make_sign_in

OUT = {"op": "replace", "path": "active", "value": False}


@pytest.fixture
def directory(settings):
    return let_in(settings)


def events() -> list[str]:
    entries = Entry.objects.filter(event__startswith="staff.").order_by("pk")
    return [entry.event for entry in entries if entry.channel == "provisioning"]


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def test_a_group_gives_the_place_and_its_loss_takes_it(db, directory):
    rita = directory.add_person()
    assert not User.objects.exists()

    support = directory.add_group("shop-support", rita)
    member = StaffMember.objects.get()
    assert (member.role, member.team, member.user.first_name) == ("requester", "Billing Support", "Rita")
    client = signed_in(member.user)
    assert is_in(client)

    directory.patch(f"Groups/{support}", {"op": "remove", "path": f'members[value eq "{rita}"]'})
    assert not is_in(client)
    assert events() == ["staff.invited", "staff.ended"]


def test_who_is_removed_there_is_refused_at_the_next_click(db, directory):
    rita = directory.add_person()
    directory.add_group("privacy-office", rita)
    client = signed_in(User.objects.get())

    assert is_in(client)
    assert directory.send("DELETE", f"Users/{rita}") == (204, {})
    assert not is_in(client)

    assert directory.send("GET", f"Users/{rita}")[0] == 404
    assert directory.send("DELETE", f"Users/{rita}")[0] == 404
    assert StaffMember.objects.get().ended_at and events() == ["staff.invited", "staff.ended"]


@pytest.mark.parametrize("value", [False, "False"])
def test_who_is_switched_off_loses_what_customers_gave_them(world, directory, value):
    """Also somebody whom an officer invited by hand, and of whom the directory tells for the first time."""
    answer(world, ask(world))
    client = signed_in(world.sam.user)
    _, told = directory.send("GET", "Users", filter='userName eq "SAM@example.com"')
    sam = told["Resources"][0]["id"]

    for _ in range(2):
        assert directory.patch(f"Users/{sam}", OUT | {"value": value})[0] in (200, 204)

    assert not is_in(client)
    assert not Grant.objects.filter(staff=world.sam.user, ended_at=None).exists()
    assert events() == ["staff.ended"]


def test_who_is_switched_off_while_something_else_is_said_of_them_stays_outside(db, directory):
    """Two messages at once: both have read the person before either is written."""
    rita = directory.add_person()
    directory.add_group("shop-support", rita)
    storage, kind = DirectoryStorage(BY_DIRECTORY), SimpleNamespace(name="User")
    told = storage.get(kind, rita)

    directory.patch(f"Users/{rita}", OUT)
    told.name.family_name = "Rossi"
    storage.update(kind, told)

    assert StaffMember.objects.get().ended_at and DirectoryPerson.objects.get().family_name == "Rossi"


def test_a_group_that_is_renamed_while_somebody_is_added_keeps_its_new_name(db, directory):
    rita, group = directory.add_person(), directory.add_group("night-shift")
    storage, kind = DirectoryStorage(BY_DIRECTORY), SimpleNamespace(name="Group")
    told = storage.get(kind, group)

    directory.patch(f"Groups/{group}", {"op": "replace", "path": "displayName", "value": "shop-support"})
    told.members = [MemberOfGroup(value=rita)]
    storage.update(kind, told)

    assert StaffMember.objects.get().ended_at is None


def test_who_comes_back_has_the_place_of_their_group(db, directory):
    rita = directory.add_person()
    directory.add_group("shop-support", rita)
    directory.patch(f"Users/{rita}", OUT)
    for _ in range(2):
        directory.patch(f"Users/{rita}", OUT | {"value": True})

    assert StaffMember.objects.get().ended_at is None
    assert events() == ["staff.invited", "staff.ended", "staff.returned"]


def test_the_first_group_of_the_settings_counts(db, directory):
    rita = directory.add_person()
    directory.add_group("shop-support", rita)
    office = directory.add_group("privacy-office", rita)
    assert StaffMember.objects.get().role == "privacy_officer"

    directory.send("DELETE", f"Groups/{office}")
    assert StaffMember.objects.get().role == "requester"
    assert events() == ["staff.invited", "staff.moved", "staff.moved"]


@pytest.mark.parametrize("name", ["privacy-officers", "Privacy-Office ", "administrators"])
def test_a_group_without_a_place_makes_nobody_anything(db, directory, name):
    """Nor does a role or a title that the directory may tell besides."""
    rita = directory.add_person(roles=[{"value": "privacy_officer"}], title="Privacy officer")
    directory.add_group(name, rita)

    assert not StaffMember.objects.exists() and not events()


def test_a_group_that_is_renamed_counts_by_its_new_name(db, directory):
    group = directory.add_group("night-shift", directory.add_person())
    directory.patch(f"Groups/{group}", {"op": "replace", "path": "displayName", "value": "shop-support"})
    assert StaffMember.objects.get().ended_at is None

    directory.patch(f"Groups/{group}", {"op": "replace", "path": "displayName", "value": "night-shift"})
    assert StaffMember.objects.get().ended_at


def test_what_is_said_twice_changes_nothing(db, directory):
    rita = directory.add_person()
    support = directory.add_group("shop-support", rita)
    person = {"schemas": [f"{CORE}:User"], "userName": "rita@example.com", "active": True}
    group = {"schemas": [f"{CORE}:Group"], "displayName": "shop-support", "members": [{"value": rita}]}
    for _ in range(2):
        directory.send("PUT", f"Users/{rita}", person | {"name": {"givenName": "Rita", "familyName": "R"}})
        directory.send("PUT", f"Groups/{support}", group)
        directory.patch(f"Groups/{support}", {"op": "add", "path": "members", "value": [{"value": rita}]})

    assert events() == ["staff.invited"]
    assert directory.send("POST", "Users", person)[0] == 409


def test_whom_an_officer_let_go_stays_outside_until_the_directory_says_both(db, directory):
    rita = directory.add_person()
    support = directory.add_group("shop-support", rita)
    member = StaffMember.objects.get()
    staff_members.end_staff_membership(member=member, by=PORTAL)
    directory.patch(f"Groups/{support}", {"op": "add", "path": "members", "value": [{"value": rita}]})
    directory.patch(f"Users/{rita}", {"op": "replace", "path": "externalId", "value": "7"})

    member.refresh_from_db()
    assert member.ended_at


def test_a_customers_address_is_not_a_colleagues(world, directory):
    person = {"schemas": [f"{CORE}:User"], "userName": "ada@example.com", "active": True}

    status, told = directory.send("POST", "Users", person)

    assert (status, told["scimType"]) == (409, "uniqueness") and "somebody else" in told["detail"]
    look = Entry.objects.get(event="customer.looked_up")
    assert (look.customer, look.channel) == (world.ada.customer.id, "provisioning")


@pytest.mark.parametrize(("name", "status"), [({"givenName": "Rita", "familyName": "R"}, 201), ({}, 409)])
def test_an_address_that_a_colleague_left_behind_is_theirs_alone(db, directory, name, status):
    directory.add_group("shop-support", rita := directory.add_person())
    directory.send("DELETE", f"Users/{rita}")
    person = {"schemas": [f"{CORE}:User"], "userName": "rita@example.com", "active": True, "name": name}

    assert directory.send("POST", "Users", person)[0] == status


def test_who_has_no_address_gets_no_place_and_everybody_else_does(db, directory):
    odd, rita = directory.add_person("rita"), directory.add_person()
    support = directory.add_group("shop-support")

    status, told = directory.patch(
        f"Groups/{support}", {"op": "add", "path": "members", "value": [{"value": odd}, {"value": rita}]}
    )

    assert status == 400 and "email address" in told["detail"]
    assert StaffMember.objects.get().user.email == "rita@example.com"
    directory.add_group("privacy-office", odd)
    assert StaffMember.objects.count() == 1


def test_the_name_that_customers_have_read_stays(db, directory):
    directory.add_group("shop-support", rita := directory.add_person())
    directory.patch(f"Users/{rita}", {"op": "replace", "path": "name.familyName", "value": "Rossi"})

    assert DirectoryPerson.objects.get().family_name == "Rossi" and User.objects.get().last_name == "R"


class TestSingleSignOn:
    """Of whom the directory has told, it alone says what they are here."""

    @pytest.fixture(autouse=True)
    def provider(self, settings):
        settings.PORTAL_SIGN_INS = {"staff": make_sign_in()}
        with answering():
            yield

    def sign_in(self, groups: list[str]) -> int:
        client = Client()
        return come_back(client, begin(client), RITA | {"groups": groups}).status_code

    def test_a_claim_gives_no_other_place(self, db, directory):
        directory.add_group("shop-support", directory.add_person())

        assert self.sign_in(["privacy-office"]) == 302
        assert StaffMember.objects.get().role == "requester"

    def test_nobody_comes_in_by_a_claim_whom_the_directory_let_go(self, db, directory):
        rita = directory.add_person()
        assert self.sign_in(["shop-support"]) == 403

        directory.add_group("shop-support", rita)
        assert self.sign_in([]) == 302
        directory.patch(f"Users/{rita}", OUT)
        assert self.sign_in(["shop-support"]) == 403


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "{",
        "null",
        '{"schemas": []}',
        '"\\ud800"',
        json.dumps({"Operations": 7}),
        pytest.param("[" * 20_000, id="deep"),
        pytest.param('{"a":' * 20_000, id="deeper"),
        pytest.param(f'{{"schemas": ["x"], "userName": {"9" * 5_000}}}', id="long number"),
        '{"schemas": ["x"], "userName": NaN}',
        f'{{"schemas": ["{CORE}:User"], "userName": "rita@example.com", "active": true, "active": false}}',
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "Users"), ("POST", "Groups"), ("POST", "Bulk")])
def test_odd_messages_get_an_error_in_the_protocols_shape(db, directory, method, path, message):
    status, told = directory.send(method, path, message)

    assert 400 <= status < 500
    assert told["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


@pytest.mark.parametrize("looked_for", ['"\\ud800"', '"\\u0000"'])
@pytest.mark.parametrize(("path", "name"), [("Users", "userName"), ("Users", "externalId"), ("Groups", "displayName")])
def test_what_nobody_can_be_called_finds_nobody(db, directory, path, name, looked_for):
    status, told = directory.send("GET", path, filter=f"{name} eq {looked_for}")

    assert status == 200 and told["totalResults"] == 0


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("Users/x", {}),
        ("Users/%2e%2e", {}),
        ("Nothing", {}),
        ("Users", {"filter": "userName eq"}),
        ("Users", {"filter": "x" * 5000}),
        ("Groups", {"filter": 'displayName eq "\\ud800'}),
        ("Users", {"filter": "(" * 3_000}),
        ("Users", {"filter": "not (" * 900 + 'userName eq "x"' + ")" * 900}),
        ("Users", {"startIndex": "9" * 5_000}),
        ("Users", {"startIndex": "-1", "count": "x"}),
        ("Me", {}),
    ],
)
def test_odd_questions_get_one_too(db, directory, path, query):
    status, told = directory.send("GET", path, **query)

    assert 400 <= status < 500 and told["status"] == str(status)
