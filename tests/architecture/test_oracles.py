"""What tells the application about rows of the vault that it may not see: listed, from the catalogue, with the reason.

No value is told by any of them. A function or a constraint that is new fails here until somebody has judged it.
"""

import re

import pytest
from django.db import connection

from tests.architecture.mutation.speaking import application_speaking, outcome, owner_speaking
from tests.waiting import PATIENCE
from tests.world.cast import put_in_vault

# Of allauth's: nothing may write them, so there is nothing to tell about them.
ALWAYS_EMPTY = ("socialaccount_socialapp", "socialaccount_socialtoken")
HIDDEN = f"""
SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND (relrowsecurity OR NOT has_table_privilege('portal_app', oid, 'SELECT')) AND relname NOT IN {ALWAYS_EMPTY}
"""
TABLES = f"SELECT oid::regclass::text FROM pg_class WHERE oid IN ({HIDDEN})"
# Functions with more rights than the application that it executes, and that read or write what it does not see.
FUNCTIONS = f"""
SELECT p.proname FROM pg_proc AS p WHERE p.prosecdef AND has_function_privilege('portal_app', p.oid, 'EXECUTE')
    AND p.pronamespace IN ('portal'::regnamespace, 'public'::regnamespace)
    AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid IN ({HIDDEN}) AND p.prosrc ~ ('\\m' || c.relname || '\\M'))
"""
# What fails, or not, by what stands in hidden rows: keys of theirs, and keys that point to them or from them.
CONSTRAINTS = f"""
SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u', 'x', 'f')
    AND (conrelid IN ({HIDDEN}) OR confrelid IN ({HIDDEN}))
UNION SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indisunique AND i.indrelid IN ({HIDDEN})
"""
ANSWERING = {
    "correct_value": "whether this record is this customer's and of this kind; under an entry of the same transaction",
    "is_record_of": "the same, of a record whose id is known; a customer's choice among their own records asks it",
    "only_record": "the id of the record of a kind, where there is one; a correction seals for it",
    "remove_categories": "which records went; stays only where a partial erasure names them",
    "remove_records": "which records went; stays only where an erasure names the customer",
    "store_records": "nothing back; an entry that names another customer than the row's is refused",
}
FAILING = {
    "vault_record_pkey": "a record is replaced where its id is known, never refused for it",
    "vault_record_category_id": "whether there is such a kind of data, which the application may read",
}


def names(query: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}


def test_the_vault_alone_is_hidden(db):
    assert names(TABLES) == {"vault_record"}


@pytest.mark.parametrize("table", ALWAYS_EMPTY)
def test_nothing_writes_what_is_always_empty(db, table):
    with application_speaking() as application:
        for sql in (f"INSERT INTO {table} DEFAULT VALUES", f"SELECT FROM {table}", f"DELETE FROM {table}"):
            assert outcome(application, sql) == f"42501 permission denied for table {table}"


def test_each_function_that_answers_about_hidden_rows_is_judged(db):
    assert names(FUNCTIONS) == set(ANSWERING)


def test_each_constraint_that_answers_about_hidden_rows_is_judged(db):
    assert {
        name.partition("_fk_")[0].rsplit("_", 1)[0] if "_fk_" in name else name for name in names(CONSTRAINTS)
    } == set(FAILING)


@pytest.mark.parametrize("kind", ["orders", "health"])
def test_what_is_left_of_a_kind_is_told_to_nobody(real_world, kind):
    """Neither where there is something nor where there is nothing."""
    put_in_vault(real_world.ada.customer, real_world.categories["orders"], {"item": "Lamp"})
    asked = f"SELECT portal.holds_categories('{real_world.ada.customer.id}', ARRAY[{real_world.categories[kind].pk}])"

    with application_speaking() as application:
        assert outcome(application, asked) == "42501 permission denied for function holds_categories"


@pytest.fixture
def hidden(real_world) -> str:
    """A record of Ada's that nothing opens."""
    put_in_vault(real_world.ada.customer, real_world.categories["orders"], {"item": "Lamp"})
    return str(real_world.ada.customer.id)


# Conditions that fail, or are slow, on a value: asked of a row before its policy, they would tell what it holds.
ASKING = [
    "(sealed ->> 'item')::int = 0",
    "1 / (length(sealed::text) - length(sealed::text)) = 1",
    "1 / (position - position) = 1",
    "pg_sleep(900 + length(sealed::text)) IS NOT NULL",
]


@pytest.mark.parametrize("condition", ASKING)
def test_a_condition_is_never_asked_of_a_hidden_row(hidden, condition):
    """No error, no time and no line of a plan tells a value: a policy comes before what is not leakproof."""
    with application_speaking() as application:
        application.execute(f"SET statement_timeout = '{PATIENCE}s'")
        assert outcome(application, f"SELECT count(*) FROM vault_record WHERE {condition}") == "allowed [(0,)]"


def test_a_plan_counts_hidden_rows_and_tells_no_value(hidden):
    """`EXPLAIN ANALYZE` says how many records a customer has (consents/DESIGN.md); the same, whatever they hold."""
    explain = "EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT FROM vault_record"
    with application_speaking() as application:
        application.execute("SET enable_bitmapscan = off; SET enable_indexscan = off")
        sealed, *_others = sealed_of(hidden)
        told = [
            outcome(application, (f"{explain} WHERE customer_id = %s AND sealed = %s::jsonb", [hidden, value]))
            for value in (sealed, "{}")
        ]

    counted = [re.findall(r"Rows Removed by Filter: \d+|rows=\S+|loops=\S+", one) for one in told]
    assert "Rows Removed by Filter: " in told[0] and counted[0] == counted[1]


def sealed_of(customer: str) -> list[str]:
    with owner_speaking() as owner, owner.transaction():
        owner.execute("SET LOCAL ROLE portal_vault_writer")
        found = owner.execute("SELECT sealed::text FROM vault_record WHERE customer_id = %s", [customer])
        return [sealed for (sealed,) in found.fetchall()]


def test_the_planners_statistics_of_the_vault_are_closed(hidden):
    with application_speaking() as application:
        told = "SELECT count(*) FROM pg_stats WHERE tablename = 'vault_record'"
        assert outcome(application, told) == "allowed [(0,)]"
        assert outcome(application, "SELECT FROM pg_statistic").startswith("42501")
        assert outcome(application, "ANALYZE vault_record", told) == "allowed [(0,)]"
