"""Names, claim codes and what is known of a customer, against somebody with the application's password."""

from datetime import date

import pytest

from consents.people import services as people
from consents.people.models import Acting
from tests.architecture.mutation.attempts import told
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.cast import make_user, put_on_list
from tests.people.test_erasing import actor

REFUSED = "23001"
FACTS = f"{REFUSED} people_customer_facts_on_record"
CODE = f"{REFUSED} people_claimcode_on_record"
USED = "UPDATE people_claimcode SET used_at = portal_now() WHERE customer_id = %s"
MADE = (
    "INSERT INTO people_claimcode (customer_id, code_hash, capacity, made_by_id, ends_at)"
    " VALUES (%s, '\\x01', 'guardian', %s, portal_now() + interval '14 days')"
)


@pytest.fixture
def tried(real_world):
    """`tried(*statements)`: what the database says to them, as the application."""
    with application_speaking() as application:
        yield lambda *statements: outcome(application, *statements)


@pytest.fixture
def coded(real_world):
    """A record that a code leads to."""
    record = people.open_record(reference="C-77", by=actor(real_world.pia))
    people.make_claim_code(customer=record, officer=real_world.pia.user, by=actor(real_world.pia))
    return record.pk


@pytest.mark.parametrize("change", ["born_on = '2000-01-01'", "country = 'US'", "region = 'CA'", "language = 'es'"])
def test_what_is_known_of_a_customer_changes_on_record(real_world, tried, change):
    ada = real_world.ada.customer.pk
    update = (f"UPDATE people_customer SET {change} WHERE id = %s", [ada])

    assert tried(update) == FACTS
    assert tried(told("customer.looked_up", ada, ada), update) == FACTS
    assert tried(told("customers.imported", "list"), update).startswith("allowed")


@pytest.mark.parametrize("other", ["", ", born_on = '2000-01-01'"], ids=["alone", "with a birth date"])
def test_a_customer_chooses_a_language_and_nothing_else(real_world, tried, other):
    ada = real_world.ada.customer.pk
    update = (f"UPDATE people_customer SET language = 'es'{other} WHERE id = %s", [ada])

    said = tried(told("customer.language_chosen", ada, ada), update)

    assert said == FACTS if other else said.startswith("allowed")
    assert tried(told("customer.language_chosen", ada, real_world.ben.customer.pk), update) == FACTS


def test_the_list_says_what_is_known(real_world):
    put_on_list(real_world.ada.customer, born_on=date(2000, 1, 1), country="DE")

    real_world.ada.customer.refresh_from_db()
    assert (real_world.ada.customer.born_on, real_world.ada.customer.country) == (date(2000, 1, 1), "DE")


@pytest.mark.parametrize("name", ["first_name", "last_name"])
def test_a_name_stays_as_customers_have_read_it(real_world, tried, name):
    change = (f"UPDATE people_user SET {name} = 'Your bank' WHERE id = %s", [real_world.sam.pk])
    ending = told("staff.ended", real_world.sam.pk)

    assert tried(change) == tried(ending, change) == f"{REFUSED} people_user_name_frozen"
    assert tried(("DELETE FROM people_user WHERE id = %s", [real_world.sam.pk])).startswith("42501")


def test_a_code_is_made_on_record(real_world, tried):
    ada, officer = real_world.ada.customer.pk, real_world.pia.pk
    tell = (
        "SELECT ledger_append('claim_code.made', %s::uuid, 'portal', '', 'x', %s::text, '', 'job', NULL, '',"
        """ '{"capacity":"guardian"}')""",
        [ada, ada],
    )

    assert tried((MADE, [ada, officer])) == CODE
    assert tried(told("claim_code.made", ada, ada), (MADE, [ada, officer])) == CODE
    assert tried(tell, (MADE, [ada, officer])).startswith("allowed")
    assert tried(tell, (MADE, [real_world.ben.customer.pk, officer])) == CODE


def test_a_code_is_used_on_record(tried, coded):
    assert tried((USED, [coded])) == CODE
    assert tried(told("record.claimed", coded, coded), (USED, [coded])).startswith("allowed")


@pytest.mark.parametrize(
    "change",
    ["used_at = NULL", "used_at = '2020-01-01Z'", "capacity = 'guardian'", "ends_at = '2099-01-01Z'", "code_hash = ''"],
)
def test_a_code_changes_in_no_other_way(tried, coded, change):
    update = (f"UPDATE people_claimcode SET {change} WHERE customer_id = %s", [coded])

    assert tried(told("record.claimed", coded, coded), update) == f"{REFUSED} people_claimcode_frozen"


def test_a_used_code_is_not_used_again(real_world, tried, coded):
    code = people.make_claim_code(
        customer=people.open_record(reference="C-78", by=actor(real_world.pia)),
        officer=real_world.pia.user,
        by=actor(real_world.pia),
    )
    dora = make_user("dora@example.com")
    record = people.claim_by_code(user=dora, code=code, by=actor(real_world.pia)).pk
    assert Acting.objects.filter(user=dora, customer=record).exists()

    assert tried(told("record.claimed", record, record), (USED, [record])) == f"{REFUSED} people_claimcode_frozen"


def test_evidence_is_never_written_over(real_world, tried):
    assert tried("UPDATE people_evidence SET network = '10.0.0.0/24'").startswith("42501")
