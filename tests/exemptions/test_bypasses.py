"""The detector finds each planted bypass, and nothing in what honest people do."""

import pytest

from consents.choices.services import answering as choosing
from consents.core import clock
from consents.disclosures.services import disclose_records
from consents.exemptions.bypasses import BypassKind, find_bypass_signs
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from tests.world.cast import answer, ask, make_customer, signed_in
from tests.world.exemptions import by_staff, decide, file_order, open_emergency

PAGE = "/admin/bypasses/"


def found() -> list[BypassKind]:
    return [sign.sign for sign in find_bypass_signs(clock.now())]


def test_honest_work_leaves_no_sign(real_world):
    world = real_world
    allowed = answer(world, ask(world, "orders", case_number="T-1"))
    disclose_records(grant=allowed.grants.get().pk, staff=world.sam.pk, by=by_staff(world.sam))
    ask(world, "contact", case_number="T-1", customer=world.ben)
    choosing.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    decide(world, file_order(world, "contact"))
    open_emergency(world, "health", member=world.kim)

    assert found() == []


def claim_as(kind: str, world) -> None:
    """What the ledger would tell of a member of staff who claims a customer's record."""
    appending.append_entry(
        event="record.claimed",
        by=Actor(kind, str(world.sam.pk)),
        customer=world.ada.customer.id,
        object_type="customer",
        object=world.ada.customer.id,
    )


@pytest.mark.parametrize("kind", ["customer", "representative"])
def test_staff_who_act_in_the_customers_place_are_found(world, kind):
    claim_as(kind, world)

    assert found() == [BypassKind.IN_THEIR_PLACE]


def test_staff_who_change_an_address_are_found(world):
    appending.append_entry(
        event="customer.address_changed",
        by=by_staff(world.pia),
        customer=world.ada.customer.id,
        object_type="customer",
        object=world.ada.customer.id,
    )

    assert found() == [BypassKind.ADDRESS_CHANGED]


def test_one_case_number_for_many_customers_is_found(world):
    for number in range(3):
        customer = make_customer(f"C-20{number}", f"many{number}@example.com")
        ask(world, "contact", customer=customer, case_number="T-9")

    (sign,) = find_bypass_signs(clock.now())
    assert (sign.sign, sign.staff, sign.what) == (BypassKind.ONE_CASE, world.sam.pk, "T-9")


@pytest.mark.parametrize(("who", "status"), [("otto", 200), ("pia", 403), ("sam", 403)])
def test_only_the_compliance_officer_reads_the_page(world, who, status):
    claim_as("customer", world)
    page = signed_in(getattr(world, who).user).get(PAGE)

    assert page.status_code == status
    assert ("acted in the customer’s place" in page.content.decode()) == (status == 200)


def test_a_house_lived_in_honestly_shows_no_sign(lived_in):
    assert find_bypass_signs(clock.now()) == []
