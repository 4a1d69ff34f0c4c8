"""What many rows cost is measured in rows: plans that are made while a table is all but empty stay good as it grows."""

from uuid import uuid4

import pytest
from django.db import connection

from consents.people.models import Customer

pytestmark = pytest.mark.django_db

READ = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relid = %s::regclass"
KEYS = "INSERT INTO people_customerkey (customer_id, kid, wrapped) SELECT unnest(%s::uuid[]), '1', ''"
APPEND = """
SELECT count(portal.append_entry('customer.looked_up', c, 'portal', '', 'customer', '', '', 'job', NULL, '', '{}'))
FROM unnest(%s::uuid[]) AS c
"""


@pytest.fixture(autouse=True)
def dear_indexes(db):
    """The planner believes that a whole table is read sooner than a row by index, as it does of an empty one."""
    execute("SET LOCAL random_page_cost = 1000000")
    execute("DISCARD PLANS")
    yield
    execute("RESET random_page_cost")
    execute("DISCARD PLANS")


def execute(statement: str, *parameters) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0] if cursor.description else 0


def add_customers(count: int) -> list:
    return [customer.pk for customer in Customer.objects.bulk_create(Customer() for _ in range(count))]


def test_a_statement_reads_the_customers_whose_keys_it_stores():
    execute(KEYS, add_customers(1))
    customers = add_customers(200)
    before = execute(READ, "people_customer")

    execute(KEYS, customers[:50])
    execute(KEYS, customers[50:])

    assert execute(READ, "people_customer") == before


@pytest.mark.parametrize("table", ["ledger_chainhead", "ledger_entry"])
def test_an_entry_is_appended_by_index(table):
    execute(APPEND, [uuid4()])
    before = execute(READ, table)

    execute(APPEND, [uuid4() for _ in range(20)] * 2)

    assert execute(READ, table) == before
