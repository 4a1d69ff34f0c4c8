"""Who verified an address meets their own record, and nobody else's; a printed code leads to the others."""

from datetime import timedelta

import pytest

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people import selectors
from consents.people.models import Acting, Customer
from consents.people.services import claiming, customer_records
from consents.people.services.claiming import InvalidClaimCode
from tests.world.cast import make_user
from tests.world.claim_codes import make_claim_code


def arrive(user):
    return claiming.match_user_to_record(user=user, by=Actor("customer", str(user.id)))


def claim(user, code):
    return claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.id)))


@pytest.fixture
def letter(world):
    """A record without an address on file, and the code printed for it."""
    customer = customer_records.open_customer_record(reference="C-2000", by=PORTAL)
    code = make_claim_code(customer=customer, officer=world.pia.user, by=PORTAL)
    return customer, code


def test_a_known_address_leads_to_its_own_record(world):
    record = customer_records.open_customer_record(reference="C-3000", email="New@Example.com", by=PORTAL)

    assert arrive(make_user("new@example.com")) == record
    assert Entry.objects.filter(customer=record.id, event="record.claimed").count() == 1


def test_an_unknown_address_leads_to_no_record(world):
    assert arrive(make_user("new@example.com")) is None
    assert selectors.find_customers("new@example.com") == []


def test_two_records_with_one_address_lead_nobody_in(world):
    for reference in ["C-3000", "C-3001"]:
        customer_records.open_customer_record(reference=reference, email="twins@example.com", by=PORTAL)

    assert arrive(make_user("twins@example.com")) is None
    assert not Acting.objects.filter(customer__reference__startswith="C-300").exists()


def test_a_record_somebody_holds_leads_nobody_else_in(world):
    """Whoever signs in with the address on file, while she signs in with another."""
    ada = world.ada.user
    ada.email = "second@example.com"
    ada.save(update_fields=["email"])
    customer_records.adopt_account_address(user=ada, by=world.ada.actor)
    ada.email = "third@example.com"
    ada.save(update_fields=["email"])

    assert arrive(make_user("second@example.com")) is None


def test_arriving_again_changes_nothing(world):
    before = Entry.objects.count()

    assert arrive(world.ada.user) is None
    assert (selectors.get_acting(world.ada.user), Entry.objects.count()) == (world.ada.acting, before)


def test_staff_arrive_nowhere(world):
    customer_records.open_customer_record(reference="C-3000", email="sam@example.com", by=PORTAL)

    assert arrive(world.sam.user) is None


def test_a_code_leads_to_its_record(letter):
    customer, code = letter
    user = make_user("new@example.com")
    arrive(user)

    assert claim(user, code) == customer
    assert selectors.get_acting(user).customer == customer
    assert Entry.objects.filter(customer=customer.id, event="record.claimed").count() == 1


def test_the_verified_address_goes_on_file_at_the_claimed_record_alone(letter):
    customer, code = letter
    user = make_user("new@example.com")
    arrive(user)
    claim(user, code)

    assert list(selectors.select_by_address("new@example.com")) == [customer]
    assert selectors.open_address(Customer.objects.get(pk=customer.pk)) == "new@example.com"


@pytest.mark.parametrize(
    "typed", [str.lower, lambda code: f"  {code.replace('-', ' ')} ", lambda code: code[:9] + "\n" + code[9:]]
)
def test_a_code_may_be_typed_as_people_type(letter, typed):
    customer, code = letter

    assert claim(make_user("new@example.com"), typed(code)) == customer


def test_a_code_works_once(letter):
    _customer, code = letter
    claim(make_user("new@example.com"), code)

    with pytest.raises(InvalidClaimCode):
        claim(make_user("other@example.com"), code)


@pytest.mark.parametrize("code", ["", "BCDF-GHJK-MNPQ", "0000-0000-0000"])
def test_a_wrong_code_does_not_work(letter, code):
    with pytest.raises(InvalidClaimCode):
        claim(make_user("new@example.com"), code)


def test_of_two_codes_for_one_record_the_first_used_wins(world, letter):
    customer, code = letter
    second = make_claim_code(customer=customer, officer=world.pia.user, by=PORTAL)
    claim(make_user("new@example.com"), code)

    with pytest.raises(InvalidClaimCode):
        claim(make_user("other@example.com"), second)


def test_who_the_company_knows_already_stays_who_they_are(world, letter):
    _customer, code = letter

    with pytest.raises(InvalidClaimCode):
        claim(world.ben.user, code)
    assert selectors.get_acting(world.ben.user) == world.ben.acting


def test_staff_claim_no_record(world, letter):
    with pytest.raises(InvalidClaimCode):
        claim(world.sam.user, letter[1])


def test_a_claim_code_expires(real_world, later):
    customer = customer_records.open_customer_record(reference="C-2000", by=PORTAL)
    code = make_claim_code(customer=customer, officer=real_world.pia.user, by=PORTAL)

    later(timedelta(days=14))

    with pytest.raises(InvalidClaimCode):
        claim(make_user("new@example.com"), code)
