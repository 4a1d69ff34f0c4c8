"""Erasure and legal hold against somebody who has the application's password and writes SQL."""

from uuid import uuid4

import pytest

from consents.people.models import Customer
from consents.people.services import holding
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.erasing import actor, erase, hold, propose
from tests.world.sql.erasing import NEW, erasing

REFUSED = "23001"


def test_done_whole_it_is_allowed(real_world, tried):
    propose(real_world)

    assert tried(*erasing(real_world.ada.customer.id, real_world.otto.pk)).startswith("allowed")


@pytest.mark.parametrize(
    ("without", "by"),
    [
        ("entry", "people_erasure_on_record"),
        ("second officer", "people_customer_erased_on_record"),
        ("key", "people_customer_erased_on_record"),
        ("acting", "people_customer_erased_on_record"),
        ("customer", "people_erasure_on_record"),
    ],
)
def test_a_step_left_out_undoes_it(real_world, tried, without, by):
    propose(real_world)

    said = tried(*erasing(real_world.ada.customer.id, real_world.otto.pk, without=without))

    assert said == f"{REFUSED} {by}"


def test_nobody_is_both_officers(real_world, tried):
    propose(real_world)

    said = tried(*erasing(real_world.ada.customer.id, real_world.pia.pk))

    assert said == "23514 people_erasure_two_officers"


def test_a_requester_is_no_second_officer(real_world, tried):
    propose(real_world)

    assert tried(*erasing(real_world.ada.customer.id, real_world.sam.pk)) == f"{REFUSED} people_erasure_frozen"


def test_no_customer_is_erased_without_a_proposal(real_world, tried):
    said = tried(*erasing(real_world.ada.customer.id, real_world.otto.pk, without="entry"))

    assert said == f"{REFUSED} people_customer_erased_on_record"


def test_no_customer_is_erased_under_a_legal_hold(real_world, tried):
    propose(real_world)
    hold(real_world)

    said = tried(*erasing(real_world.ada.customer.id, real_world.otto.pk))

    assert said == f"{REFUSED} people_customer_erased_on_record"


def test_a_restoration_is_not_to_be_pretended(real_world, tried):
    propose(real_world)
    again = "UPDATE people_erasure SET done_at = portal.now(), original = '\\x00' WHERE customer_id = %(customer)s"

    said = tried(*erasing(real_world.ada.customer.id, real_world.otto.pk, **{"second officer": again}))

    assert said == f"{REFUSED} people_erasure_frozen"
    assert tried("INSERT INTO ledger_restoration (backup, size, statement) VALUES ('x', 1, '')").startswith("42501")


def test_a_key_goes_with_its_customer_alone(real_world, tried):
    customer = real_world.ada.customer.id

    assert tried(("DELETE FROM people_customerkey WHERE customer_id = %s", [customer])) == (
        f"{REFUSED} people_customerkey_kept"
    )


def test_a_record_leaves_the_vault_with_its_customer_alone(real_world, tried):
    assert tried(("SELECT portal.remove_records(%s)", [real_world.ada.customer.id])) == f"{REFUSED} vault_record_kept"


def test_an_erased_customer_gets_nothing_new(real_world, tried, subtests):
    customer = erase(real_world)
    parameters = {"customer": customer.id, "officer": real_world.otto.pk}

    for table, row in NEW.items():
        with subtests.test(table=table):
            said = tried((f"INSERT INTO {table} {row}", parameters))
            assert said == f"{REFUSED} {table}_not_of_erased"


@pytest.mark.parametrize("whose", ["erased", "nobody's"])
def test_an_erased_or_unknown_customer_gets_no_record(real_world, tried, whose):
    customer = erase(real_world).id if whose == "erased" else uuid4()

    said = tried(
        "SELECT portal.append_entry('vault.stored', NULL, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')",
        (
            "SELECT portal.store_records(ARRAY[gen_random_uuid()], ARRAY[%s::uuid],"
            " ARRAY(SELECT id FROM catalogue_category LIMIT 1), ARRAY[0], ARRAY['{}'::jsonb])",
            [customer],
        ),
    )

    assert said == f"{REFUSED} vault_record_not_of_erased"


@pytest.mark.parametrize("change", ["reference = 'C-1001'", "erased_at = NULL", "language = 'en', erased_at = NULL"])
def test_an_erased_customer_stays_erased(real_world, tried, change):
    customer = erase(real_world)

    assert tried((f"UPDATE people_customer SET {change} WHERE id = %s", [customer.id])) == (
        f"{REFUSED} people_customer_erased_stays"
    )
    assert tried(("DELETE FROM people_customer WHERE id = %s", [customer.id])).startswith("42501")


CLOSED = {
    "people_user_closed_stays": "UPDATE people_user SET email = 'ada@example.com', is_active = true, closed_at = NULL"
    " WHERE id = %(user)s",
    "people_acting_not_of_closed": "INSERT INTO people_acting (user_id, customer_id, capacity)"
    " VALUES (%(user)s, %(other)s, 'agent')",
    "people_evidence_not_of_closed": 'INSERT INTO people_evidence (id, "user", network, browser, language)'
    " VALUES (gen_random_uuid(), %(user)s, '', '', '')",
    "account_emailaddress_not_of_closed": 'INSERT INTO account_emailaddress (email, verified, "primary", user_id)'
    " VALUES ('ada@example.com', true, true, %(user)s)",
    "mfa_authenticator_not_of_closed": "INSERT INTO mfa_authenticator (type, data, user_id, created_at)"
    " VALUES ('totp', '{}', %(user)s, now())",
    "socialaccount_socialaccount_not_of_closed": "INSERT INTO socialaccount_socialaccount"
    " (provider, uid, user_id, extra_data, last_login, date_joined)"
    " VALUES ('staff', 'x', %(user)s, '{}', now(), now())",
}


@pytest.mark.parametrize("trigger", CLOSED)
def test_a_closed_account_stays_closed(real_world, tried, trigger):
    erase(real_world)
    about = {"user": real_world.ada.user.pk, "other": real_world.ben.customer.id}

    assert tried((CLOSED[trigger], about)) == f"{REFUSED} {trigger}"


def test_a_done_erasure_never_changes(real_world, tried):
    erase(real_world)

    for change in ("reason = 'unlawful'", "done_at = NULL, confirmed_by_id = NULL", "proposed_at = portal.now()"):
        assert tried(f"UPDATE people_erasure SET {change}") == f"{REFUSED} people_erasure_frozen"


def test_a_hold_is_lifted_on_record_and_once(real_world, tried):
    placed = hold(real_world)
    lift = "UPDATE people_legalhold SET lifted_by_id = %s, lifted_at = portal.now()"

    assert tried((lift, [real_world.otto.pk])) == f"{REFUSED} people_legalhold_on_record"
    assert tried((lift, [real_world.pia.pk])) == f"{REFUSED} people_legalhold_frozen"
    assert tried("UPDATE people_legalhold SET review_on = review_on + 900") == f"{REFUSED} people_legalhold_frozen"
    holding.lift_hold(hold=placed.pk, officer=real_world.otto, by=actor(real_world.otto))
    assert tried("UPDATE people_legalhold SET lifted_at = NULL, lifted_by_id = NULL") == (
        f"{REFUSED} people_legalhold_frozen"
    )


def test_an_erasure_under_way_is_waited_for(real_world):
    """A hold placed while the erasure has not committed waits, and then is too late; no both."""
    propose(real_world)
    customer, otto = real_world.ada.customer.id, real_world.otto.pk
    with application_speaking() as erasing_one, application_speaking() as other:
        erasing_one.execute("BEGIN")
        for statement in erasing(customer, otto):
            erasing_one.execute(*statement)
        other.execute("SET lock_timeout = '200ms'")
        key = ("INSERT INTO people_customerkey " + NEW["people_customerkey"], {"customer": customer, "officer": otto})
        assert outcome(other, key).startswith("55P03")
        erasing_one.execute("COMMIT")
        assert outcome(other, key) == f"{REFUSED} people_customerkey_not_of_erased"
    assert Customer.objects.get(pk=customer).erased_at
