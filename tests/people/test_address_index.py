"""Whoever has an address is found by an index of hashes, however it is asked for."""

import pytest
from django.db import connection

from consents.people import selectors

pytestmark = pytest.mark.django_db

KIND = """
SELECT a.amname FROM pg_class AS c JOIN pg_am AS a ON a.oid = c.relam WHERE c.relname = 'people_customer_by_address'
"""


def test_the_index_is_one_of_hashes(db):
    with connection.cursor() as cursor:
        cursor.execute(KIND)
        assert cursor.fetchone() == ("hash",)


def test_one_customer_and_several_are_looked_for_by_it(world):
    everybody = [world.ada.user.email, world.ben.user.email]
    hashes = [hashed for email in everybody for hashed in selectors.list_address_hashes(email)]
    asked = [
        selectors.select_by_address(everybody[0]),
        selectors.Customer.objects.filter(address_hash__in=hashes),
        selectors.Customer.objects.filter(address_hash=hashes[0]),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    assert all("people_customer_by_address" in customers.explain() for customers in asked)
    assert set(asked[1]) == {world.ada.customer, world.ben.customer}


def test_of_several_hashes_the_one_on_file_is_kept_beside_its_customer_else_the_newest(world):
    (on_file,) = selectors.list_address_hashes(world.ada.user.email)
    newer = b"n" * len(on_file)

    assert selectors.choose_address_hash([newer, on_file]) == on_file
    assert selectors.choose_address_hash([newer, b"o" * len(on_file)]) == newer
