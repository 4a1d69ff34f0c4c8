"""A customer's number and address against somebody who has the application's password and writes SQL."""

import json

import pytest
from django.db import transaction

from consents.core.sealing import CannotOpen
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending
from consents.people import selectors
from consents.people.models import Customer
from consents.people.services import customer_records
from tests.world.owners import acting_as_owner

REFUSED = "23001 people_customer_address_on_record"
TELL = "SELECT portal.append_entry(%s, %s, 'portal', '', 'customer', %s, '', 'job', NULL, '', %s)"
OTHER = "UPDATE people_customer SET address_hash = '\\x01', sealed_address = '\\x01' WHERE id = %s"
NONE = "UPDATE people_customer SET address_hash = NULL, sealed_address = NULL WHERE id = %s"
UNNUMBERED = (
    "INSERT INTO people_customer (id, address_hash, sealed_address, country, region, language)"
    " VALUES (%s, '\\x01', '\\x01', '', '', 'en')"
)
NEWCOMER = "11111111-2222-4333-8444-555555555555"


def told(event, customer, object=None, **details):
    return TELL, [event, customer, str(object or customer), json.dumps(details)]


@pytest.mark.parametrize("reference", ["NULL", "'C-9999'"])
def test_a_number_is_unlinked_by_an_erasure_alone(real_world, tried, reference):
    ada = real_world.ada.customer.id
    update = (f"UPDATE people_customer SET reference = {reference} WHERE id = %s", [ada])

    assert tried(told("customers.imported", None, "list"), update) == "23001 people_customer_reference_frozen"


def test_an_address_changes_with_its_entry(real_world, tried):
    ada = real_world.ada.customer.id
    for entry in [
        told("customer.address_changed", ada),
        told("record.claimed", ada),
        told("customers.imported", None, "list"),
    ]:
        assert tried(entry, (OTHER, [ada])).startswith("allowed")


def test_an_address_does_not_change_off_the_record(real_world, tried):
    ada, ben = real_world.ada.customer.id, real_world.ben.customer.id

    assert tried((OTHER, [ada])) == REFUSED
    for entry in [
        told("customer.address_changed", ben),
        told("record.claimed", ben, left=str(ada)),
        told("customer.language_chosen", ada),
        told("customers.imported", None, "other"),
    ]:
        assert tried(entry, (OTHER, [ada])) == REFUSED


def test_no_address_is_taken_off_a_numbered_record(real_world, tried):
    ada, ben = real_world.ada.customer.id, real_world.ben.customer.id

    for entry in [
        told("customer.address_changed", ada),
        told("record.claimed", ben, left=str(ada)),
        told("customers.imported", None, "list"),
    ]:
        assert tried(entry, (NONE, [ada])) == REFUSED


def test_an_address_is_taken_off_the_record_that_was_left(real_world, tried):
    ben = real_world.ben.customer.id
    left, taken_off = (UNNUMBERED, [NEWCOMER]), (NONE, [NEWCOMER])

    assert tried(left, told("record.claimed", ben, left=NEWCOMER), taken_off).startswith("allowed")
    assert tried(left, told("record.claimed", ben), taken_off) == REFUSED
    assert tried(left, told("record.claimed", NEWCOMER), taken_off) == REFUSED


def test_an_address_is_taken_off_the_records_that_an_erasure_done_again_names(real_world, tried):
    ben = real_world.ben.customer.id
    left, taken_off = (UNNUMBERED, [NEWCOMER]), (NONE, [NEWCOMER])

    for event in ("customer.erased", "account.closed"):
        assert tried(left, told(event, ben, left=[NEWCOMER]), taken_off).startswith("allowed")
    assert tried(left, told("customer.erased", ben, left=[str(ben)]), taken_off) == REFUSED
    assert tried(left, told("customer.erased", ben), taken_off) == REFUSED
    assert tried(told("customer.erased", ben, left=[str(ben)]), (NONE, [ben])) == REFUSED


def test_an_older_address_beside_a_newer_hash_does_not_open(real_world):
    ada = real_world.ada.customer.id
    older = bytes(Customer.objects.get(pk=ada).sealed_address)
    with transaction.atomic():
        customer_records.save_address(customer=ada, email="ada.new@example.com")
        appending.append_entry(
            event="customer.address_changed", by=PORTAL, customer=ada, object_type="customer", object=ada
        )
    assert selectors.open_address(Customer.objects.get(pk=ada)) == "ada.new@example.com"

    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("UPDATE people_customer SET sealed_address = %s WHERE id = %s", [older, ada])

    with pytest.raises(CannotOpen):
        selectors.open_address(Customer.objects.get(pk=ada))
