"""Two officers let a person in with a code on paper; officers end memberships."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Acting, ClaimCode, StaffMember
from consents.people.services import claiming, customer_records
from consents.people.services.claiming import (
    AddressOnFileWorks,
    AlreadyClaimed,
    NoHolderYet,
    NotAChild,
    TooYoungToShare,
)
from consents.people.services.staff_members import end_staff_membership
from consents.people.staff.words import describe_claim_code_state
from consents.people.two_officers.refusals import AlreadyDecided
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import make_user, put_on_list, signed_in
from tests.world.holders import share_account

# A claim code, act by act: for whom there is none, and what comes of an act that is repeated or too late.

SELF, GUARDIAN, HOLDER = Acting.Capacity.SELF, Acting.Capacity.GUARDIAN, Acting.Capacity.HOLDER


def by(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


def propose(world, customer, capacity=SELF) -> ClaimCode:
    return claiming.propose_claim_code(customer=customer.pk, capacity=capacity, officer=world.pia, by=by(world.pia))


def act(service, code, member):
    return service(claim_code=code.pk, officer=member, by=by(member))


@pytest.fixture
def unclaimed(world):
    return customer_records.open_customer_record(reference="C-7", by=PORTAL)


def test_it_is_for_whom_nothing_else_lets_in(world, unclaimed):
    listed = customer_records.open_customer_record(reference="C-8", email="vera@example.com", by=PORTAL)
    ada, young = world.ada.customer, customer_records.open_customer_record(reference="C-9", by=PORTAL)
    put_on_list(young, born_on=date(2018, 5, 1), country="DE")
    for customer, capacity, refusal in (
        (listed, SELF, AddressOnFileWorks),
        (ada, SELF, AlreadyClaimed),
        (ada, GUARDIAN, NotAChild),
        (unclaimed, HOLDER, NoHolderYet),
        (young, HOLDER, TooYoungToShare),
    ):
        with pytest.raises(refusal):
            propose(world, customer, capacity)
    assert not ClaimCode.objects.exists()


def test_what_is_done_stays_done_and_what_is_over_is_not_begun_again(world, unclaimed):
    approve, cancel = claiming.approve_claim_code, claiming.cancel_claim_code
    code = propose(world, unclaimed)
    assert act(approve, code, world.otto).approved_at == act(approve, code, world.otto).approved_at
    with pytest.raises(AlreadyDecided):
        act(approve, code, world.quinn)
    assert act(cancel, code, world.otto).cancelled_at == act(cancel, code, world.pia).cancelled_at
    with pytest.raises(AlreadyDecided):
        act(approve, code, world.quinn)
    assert Entry.objects.filter(event__in=["claim_code.approved", "claim_code.cancelled"]).count() == 2


def test_its_state_is_told_in_a_word(world, unclaimed):
    code = propose(world, unclaimed)
    approved = act(claiming.approve_claim_code, code, world.otto)
    just_before, at_the_end = approved.ends_at - timedelta(seconds=1), approved.ends_at
    assert describe_claim_code_state(approved, just_before) == ("wait", "Approved, not printed yet")
    assert describe_claim_code_state(approved, at_the_end) == ("no", "Expired")

    user, printed = make_user("cara@example.com"), act(claiming.print_claim_code, code, world.pia)
    assert describe_claim_code_state(ClaimCode.objects.get(), just_before) == ("yes", "Printed")
    claiming.claim_record_by_code(user=user, code=printed, by=Actor("customer", str(user.pk)))
    assert describe_claim_code_state(ClaimCode.objects.get(), at_the_end) == ("yes", "Used")


def test_one_that_was_used_or_never_was_is_neither_approved_nor_cancelled(world, unclaimed):
    code, user = propose(world, unclaimed), make_user("cara@example.com")
    act(claiming.approve_claim_code, code, world.otto)
    printed = act(claiming.print_claim_code, code, world.pia)
    claiming.claim_record_by_code(user=user, code=printed, by=Actor("customer", str(user.pk)))
    with pytest.raises(AlreadyDecided):
        act(claiming.cancel_claim_code, code, world.otto)
    for service in (claiming.approve_claim_code, claiming.print_claim_code, claiming.cancel_claim_code):
        with pytest.raises(Unknown):
            act(service, ClaimCode(pk=uuid4()), world.otto)


LIST = "/admin/people/claimcode/"
ADD = f"{LIST}add/"
STAFF = "/admin/people/staffmember/"


@pytest.fixture
def pia(world) -> Client:
    return signed_in(world.pia.user)


@pytest.fixture
def otto(world) -> Client:
    return signed_in(world.otto.user)


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def press(client: Client, action: str, code: ClaimCode | None = None, **more):
    """One button of a code's page, confirmed."""
    row = code or ClaimCode.objects.get()
    form = {"CHANGE_FORM-action": action, "_selected_action": str(row.pk), "confirm": "1"}
    return client.post(f"{LIST}{row.pk}/change/", form | more, follow=True)


def find_next_act(client: Client) -> list[str]:
    """The act whose button is filled on a code's page."""
    record = text(client.get(f"{LIST}{ClaimCode.objects.get().pk}/change/"))
    return re.findall(r'class="button ?" name="CHANGE_FORM-action" value="(\w+)"', record)


def printed(response) -> str:
    return re.search(r'class="code">([A-Z0-9-]+)<', text(response)).group(1)


def test_two_officers_make_a_code_that_leads_to_the_record(pia, otto, unclaimed):
    asked = pia.post(ADD, {"who": " C-7 ", "capacity": "self"})
    assert asked.url == f"{LIST}{ClaimCode.objects.get().pk}/change/"
    assert find_next_act(otto) == ["approve_code"] and not find_next_act(pia)
    press(otto, "approve_code")
    assert find_next_act(pia) == ["print_code"] and not find_next_act(otto)
    code, user = printed(press(pia, "print_code")), make_user("cara@example.com")

    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))

    assert Acting.objects.get(user=user, ends_at=None).customer == unclaimed


def test_it_is_said_who_can_no_longer_answer_the_customer(pia, otto, unclaimed):
    pia.post(ADD, {"who": "C-7", "capacity": "self"})
    code = ClaimCode.objects.get()

    asked = text(otto.get(f"{LIST}{code.pk}/act/approve_code/"))
    assert "Neither you (Otto) nor Pia will be able to answer" in asked and "Who still can: Quinn (Privacy)." in asked
    press(otto, "approve_code")
    facts = text(pia.get(f"{LIST}{code.pk}/change/"))
    assert "Can answer their privacy requests</dt><dd>Quinn (Privacy)</dd>" in facts


def test_no_code_leaves_nobody_who_can_answer(pia, otto, unclaimed, world):
    pia.post(ADD, {"who": "C-7", "capacity": "self"})
    end_staff_membership(member=world.quinn, by=PORTAL)

    assert "no other officer would be left" in text(press(otto, "approve_code"))
    assert "No other officer would be left" in text(otto.get(f"{LIST}{ClaimCode.objects.get().pk}/act/approve_code/"))
    press(pia, "cancel_code")
    refused = pia.post(ADD, {"who": "C-7", "capacity": "self"})
    assert refused.status_code == 422 and "Invite another officer first" in text(refused)


def test_the_two_who_stand_apart_already_may_stand_for_another_code(world):
    for email in ("mia@example.com", "noa@example.com"):
        share_account(world, email)

    assert ClaimCode.objects.filter(approved_by=world.quinn.user, proposed_by=world.pia.user).count() == 2


def test_raw_sql_leaves_an_officer_too(real_world):
    customer = customer_records.open_customer_record(reference="C-7", by=PORTAL).pk
    by = Actor("staff", str(real_world.pia.pk))
    code = claiming.propose_claim_code(customer=customer, officer=real_world.pia, by=by)
    approve = (
        "UPDATE people_claimcode SET approved_by_id = %s, approved_at = portal.now(),"
        " ends_at = portal.now() + interval '14 days' WHERE id = %s"
    )
    with application_speaking() as application:
        statement = (approve, [real_world.otto.pk, code.pk])
        assert outcome(application, statement) != "23001 people_claimcode_leaves_an_officer"
        end_staff_membership(member=real_world.quinn, by=PORTAL)
        assert outcome(application, statement) == "23001 people_claimcode_leaves_an_officer"


def test_no_officer_makes_one_alone(pia, unclaimed):
    pia.post(ADD, {"who": "C-7"})

    assert "Another officer must" in text(press(pia, "approve_code"))
    assert "cannot be printed" in text(press(pia, "print_code"))
    assert ClaimCode.objects.get().code_hash is None


def test_who_approved_it_cannot_print_it(pia, otto, unclaimed):
    pia.post(ADD, {"who": "C-7"})
    press(otto, "approve_code")

    assert "cannot be printed" in text(press(otto, "print_code"))


def test_it_is_printed_once(pia, otto, unclaimed):
    pia.post(ADD, {"who": "C-7"})
    press(otto, "approve_code")
    press(pia, "print_code")

    assert "cannot be printed" in text(press(pia, "print_code"))


def test_a_cancelled_code_does_not_work(pia, otto, unclaimed):
    pia.post(ADD, {"who": "C-7"})
    press(otto, "approve_code")
    code, user = printed(press(pia, "print_code")), make_user("cara@example.com")

    assert "has been cancelled" in text(press(otto, "cancel_code"))

    with pytest.raises(claiming.InvalidClaimCode):
        claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))


def test_a_code_is_kept_as_a_hash_and_on_record(pia, otto, unclaimed):
    pia.post(ADD, {"who": "C-7"})
    press(otto, "approve_code")
    code = printed(press(pia, "print_code"))

    assert code.encode() not in bytes(ClaimCode.objects.get().code_hash)
    steps = Entry.objects.filter(event__startswith="claim_code.").order_by("pk")
    assert [(one.event, one.customer) for one in steps] == [
        (f"claim_code.{step}", unclaimed.pk) for step in ("proposed", "approved", "printed")
    ]
    assert all(code not in str(one.canonical) for one in steps)


def test_looking_for_the_customer_is_on_record_and_limited(pia, unclaimed, settings):
    settings.PORTAL_LOOK_UPS_PER_HOUR = 2
    for who in ("C-404", "C-405"):
        assert pia.post(ADD, {"who": who}).status_code == 422

    response = pia.post(ADD, {"who": "C-7"})

    assert "too many customers" in text(response) and not ClaimCode.objects.exists()
    assert Entry.objects.filter(event="customer.looked_up").count() == 2


def test_the_page_does_not_repeat_the_number(pia, unclaimed):
    assert "C-404" not in text(pia.post(ADD, {"who": "C-404"}))


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [("C-404", "No single customer has"), ("C-1001", "already signs in as this customer"), ("", "Type the customer")],
)
def test_it_says_why_there_is_no_code(pia, reference, sentence):
    response = pia.post(ADD, {"who": reference})

    assert response.status_code == 422 and sentence in text(response)
    assert not ClaimCode.objects.exists()


@pytest.mark.parametrize("reference", ["\0", "x" * 255, "C-7\0"])
def test_odd_numbers_get_a_sentence(pia, reference):
    assert pia.post(ADD, {"who": reference}).status_code == 422


def test_requesters_propose_no_codes_and_see_none(world, unclaimed):
    sam = signed_in(world.sam.user)
    assert sam.post(ADD, {"who": "C-7"}).status_code == 404
    assert sam.get(LIST).status_code == 403


def test_the_other_officer_reads_that_one_waits(pia, otto, unclaimed):
    pia.post(ADD, {"who": "C-7"})

    assert "claim code to check" in text(otto.get("/admin/"))
    assert "claim code to check" not in text(pia.get("/admin/"))


def ending(member, **more) -> dict:
    return {"CHANGE_FORM-action": "end_membership", "_selected_action": str(member.pk)} | more


def test_ending_a_membership_asks_once_more_and_then_counts(pia, world):
    address = f"{STAFF}{world.sam.pk}/change/"

    assert "End this membership?" in text(pia.post(address, ending(world.sam), follow=True))
    assert "The membership has ended." in text(pia.post(address, ending(world.sam, confirm="1"), follow=True))

    world.sam.refresh_from_db()
    assert world.sam.ended_at and Entry.objects.get(event="staff.ended").actor_kind == "staff"


def test_nobody_ends_their_own_membership(pia, world):
    assert pia.post(f"{STAFF}{world.pia.pk}/change/", ending(world.pia, confirm="1")).status_code == 404


def test_only_officers_see_the_staff(world, otto):
    assert signed_in(world.sam.user).get(STAFF).status_code == 403
    assert otto.get(STAFF).status_code == 200


def test_the_staff_list_is_read_only(pia, world):
    assert "Sam Example" in text(pia.get(STAFF))
    assert pia.post(f"{STAFF}{world.sam.pk}/change/", {"role": "privacy_officer"}).status_code == 403
