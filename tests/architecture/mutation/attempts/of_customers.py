"""What holds for all rows of customers: none is new of an erased customer, each is of its parent's customer."""

from collections.abc import Callable
from types import SimpleNamespace

from psycopg import Connection

from tests.architecture.mutation.attempts.statements import by_application
from tests.architecture.mutation.speaking import outcome
from tests.world.sql.erasing import NEW
from tests.world.sql.rights_steps import STEPS

OF_RIGHTS_REQUEST = [
    f"rights_{of}" for of in (*STEPS, "chosenentry", "correction", "draft", "misseddeadline", "statement")
]


def new_of_erased(table: str) -> Callable[..., str]:
    return by_application(
        lambda s: (f"INSERT INTO {table} {NEW[table]}", {"customer": s.erased, "officer": s.otto}),
    )


def without_customer(table: str) -> Callable[..., str]:
    """Insert the first row again without its customer."""
    again = f"INSERT INTO {table} SELECT * FROM again"
    read = f"SELECT count(*) FROM {table} WHERE customer_id IS NULL"

    def insert_again(application: Connection, owner: Connection, scene: SimpleNamespace) -> str:
        first = f"CREATE TEMPORARY TABLE again AS SELECT * FROM {table} WHERE customer_id IS NOT NULL LIMIT 1"
        removed = f"DELETE FROM {table} AS t USING again WHERE to_jsonb(t) = to_jsonb(again)"
        silent = (
            "DO $$ DECLARE name text; BEGIN FOR name IN SELECT tgname FROM pg_trigger"
            f" WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal AND tgname <> '{table}_of_customer' LOOP"
            f" EXECUTE format('ALTER TABLE {table} DISABLE TRIGGER %I', name); END LOOP; END $$"
        )
        return outcome(owner, first, silent, removed, "UPDATE again SET customer_id = NULL", again, read)

    return insert_again


# What is copied from another row of the customer's.
COPYING = [
    "access_answer",
    "access_assent",
    "access_callercode",
    "access_enquiry",
    "access_requestedcategory",
    "exemptions_delay",
    "exemptions_exemptedcategory",
    *OF_RIGHTS_REQUEST,
]
NAMED = {f"{table}_not_of_erased": new_of_erased(table) for table in NEW}
NAMED |= {f"{table}_of_customer": without_customer(table) for table in COPYING}
