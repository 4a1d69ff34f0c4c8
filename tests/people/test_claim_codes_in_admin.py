"""Officers print one-time claim codes, and end memberships."""

import re

import pytest
from django.test import Client

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people import services
from consents.people.models import Acting, ClaimCode
from tests.cast import make_user, signed_in

ADD = "/admin/people/claimcode/add/"
STAFF = "/admin/people/staffmember/"


@pytest.fixture
def pia(world) -> Client:
    return signed_in(world.pia.user)


@pytest.fixture
def unclaimed(world):
    return services.open_record(reference="C-7", by=PORTAL)


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def printed(response) -> str:
    return re.search(r'class="code">([A-Z0-9-]+)<', text(response)).group(1)


@pytest.mark.parametrize("who", ["pia", "otto"])
def test_a_printed_code_leads_to_the_record(world, unclaimed, who):
    code = printed(signed_in(getattr(world, who).user).post(ADD, {"reference": " C-7 "}))
    user = make_user("cara@example.com")

    services.claim_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))

    assert Acting.objects.get(user=user, ends_at=None).customer == unclaimed


def test_a_code_is_kept_as_a_hash_and_on_record(pia, unclaimed):
    code = printed(pia.post(ADD, {"reference": "C-7"}))

    assert code.encode() not in bytes(ClaimCode.objects.get().code_hash)
    assert code not in str(Entry.objects.get(event="claim_code.made").canonical)


def test_the_page_does_not_repeat_the_number(pia, unclaimed):
    assert "C-7" not in text(pia.post(ADD, {"reference": "C-7"}))
    assert "C-404" not in text(pia.post(ADD, {"reference": "C-404"}))


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [("C-404", "No customer has"), ("C-1001", "signs in as this customer already"), ("", "Type the customer number")],
)
def test_it_says_why_there_is_no_code(pia, reference, sentence):
    response = pia.post(ADD, {"reference": reference})

    assert response.status_code == 422 and sentence in text(response)
    assert not ClaimCode.objects.exists()


@pytest.mark.parametrize("reference", ["\0", "x" * 61, "C-7\0"])
def test_odd_numbers_get_a_sentence(pia, reference):
    assert pia.post(ADD, {"reference": reference}).status_code == 422


def test_requesters_print_no_codes(world, unclaimed):
    assert signed_in(world.sam.user).post(ADD, {"reference": "C-7"}).status_code == 404


@pytest.mark.parametrize("who", ["pia", "otto"])
def test_codes_are_not_listed(world, who):
    assert signed_in(getattr(world, who).user).get("/admin/people/claimcode/").status_code == 403


def ending(member, **more) -> dict:
    return {"CHANGE_FORM-action": "end_membership", "_selected_action": str(member.pk)} | more


def test_ending_a_membership_asks_once_more_and_then_counts(pia, world):
    address = f"{STAFF}{world.sam.pk}/change/"

    assert "End this membership?" in text(pia.post(address, ending(world.sam)))
    assert "The membership has ended." in text(pia.post(address, ending(world.sam, confirm="1"), follow=True))

    world.sam.refresh_from_db()
    assert world.sam.ended_at and Entry.objects.get(event="staff.ended").actor_kind == "staff"


def test_nobody_ends_their_own_membership(pia, world):
    assert pia.post(f"{STAFF}{world.pia.pk}/change/", ending(world.pia, confirm="1")).status_code == 404


@pytest.mark.parametrize("who", ["sam", "otto"])
def test_only_privacy_officers_see_the_staff(world, who):
    assert signed_in(getattr(world, who).user).get(STAFF).status_code == 403


def test_the_staff_list_is_read_only(pia, world):
    assert "Sam Example" in text(pia.get(STAFF))
    assert pia.post(f"{STAFF}{world.sam.pk}/change/", {"role": "privacy_officer"}).status_code == 403
