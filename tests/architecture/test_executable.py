"""What the application may execute: functions granted by name, no trigger function, none its own types could reach."""

import pytest
from django.db import connection

from consents.ops.backups import programs
from tests.architecture.catalogue import read_catalogue
from tests.architecture.mutation.speaking import application_speaking, outcome, owner_speaking

# Every function that runs with more rights than its caller: arguments, and who may execute it besides its owner.
# Reviewed: what they do is all the application can do through them.
DEFINERS = {
    # Once a rights request is matched, everything noted on it gets the same customer.
    "copy_matched_customer()": [],
    # After each step, four columns of its request are derived anew.
    "derive_progress()": [],
    # The one way into the ledger.
    "portal.append_entry(text,uuid,text,text,text,text,text,text,uuid,text,text)": ["portal_app"],
    # Write the vault, each under an entry that stands before it.
    "portal.store_records(uuid[],uuid[],bigint[],integer[],jsonb[],bytea[])": ["portal_app"],
    "portal.correct_value(uuid,uuid,bigint,text,text)": ["portal_app"],
    # Remove nothing that no erasure, whole or partial, has named.
    "portal.remove_records(uuid)": ["portal_app"],
    "portal.remove_categories(uuid,bigint[])": ["portal_app"],
    # Whose record it is, the only one there can be: none says a value.
    "portal.is_record_of(uuid,uuid,bigint)": ["portal_app"],
    "portal.only_record(uuid,bigint)": ["portal_app"],
    # Whether anything is left; asked by the rule of a partial erasure alone.
    "portal.holds_categories(uuid,bigint[])": ["portal_owner"],
    # One value of one record; asked for by the rule of an opening for a correction alone, which shows what it names.
    "portal.pick_value(uuid,uuid,bigint,text)": ["portal_owner"],
    "portal.read_value_in_question(uuid)": ["portal_app"],
    # Removes nothing that the triggers keep.
    "portal.rights_remove(uuid)": ["portal_app"],
    # Of triggers, for writers who may not read the row they ask about.
    "derive_progress_of_matched()": [],
    "refuse_for_erased_customer()": [],
    "refuse_records_of_deleted_category()": [],
    "refuse_rows_of_erased_customer()": [],
    "refuse_removal_of_records()": [],
    "refuse_unless_customer_erased()": [],
    "require_entry_for_partial_erasure()": [],
    "require_entry_for_vault_write()": [],
    "require_values_of_this_write()": [],
}
# A definer trigger function on a table of one's own would run the cast of a column's type as the owner.
ATTACK = [
    "CREATE TYPE pg_temp.bait AS (what int)",
    """CREATE FUNCTION pg_temp.to_uuid(pg_temp.bait) RETURNS uuid LANGUAGE plpgsql AS $$
    BEGIN
        GRANT INSERT ON public.ledger_entry TO portal_app;
        RETURN gen_random_uuid();
    END $$""",
    "CREATE CAST (pg_temp.bait AS uuid) WITH FUNCTION pg_temp.to_uuid(pg_temp.bait) AS IMPLICIT",
    "CREATE TEMPORARY TABLE trap (customer_id pg_temp.bait)",
    """CREATE TRIGGER spring BEFORE INSERT ON trap
        FOR EACH ROW EXECUTE FUNCTION public.refuse_for_erased_customer()""",
    "INSERT INTO trap VALUES (ROW(1))",
    "SELECT has_table_privilege('portal_app', 'ledger_entry', 'INSERT')",
]


@pytest.fixture
def functions(db):
    with owner_speaking() as owner:
        return read_catalogue(owner)["functions"]


def executors(function: dict) -> list[str]:
    """Return who may execute it besides its owner; '' is everybody."""
    roles = {one.partition("=")[0] for one in function["acl"] or ["="]}
    return sorted(roles - {function["owner"]})


def test_a_trap_of_the_applications_own_springs_for_nobody(db):
    with application_speaking() as application:
        assert outcome(application, *ATTACK) == "42501 permission denied for function public.refuse_for_erased_customer"


def test_nobody_but_its_owner_executes_a_function_of_a_trigger(functions):
    shared = {name: executors(one) for name, one in functions.items() if one["returns"] == "trigger" and executors(one)}

    assert shared == {}


def test_each_function_with_the_rights_of_its_owner_is_reviewed(functions):
    definers = {name: one for name, one in functions.items() if one["is_definer"]}

    assert {name: executors(one) for name, one in definers.items()} == DEFINERS
    assert {setting for one in definers.values() for setting in one["settings"]} == {
        "search_path=pg_catalog, portal, public, pg_temp",
        *("enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off"),  # how one is planned, no right
    }


def test_such_functions_take_types_that_nobody_else_can_make(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.oid::regprocedure::text FROM pg_proc AS p CROSS JOIN unnest(p.proargtypes) AS taken"
            " JOIN pg_type AS t ON t.oid = taken"
            " WHERE p.prosecdef AND t.typnamespace <> 'pg_catalog'::regnamespace"
        )
        assert cursor.fetchall() == []


def test_no_function_is_executable_without_being_named(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT defaclobjtype::text, defaclacl::text FROM pg_default_acl WHERE defaclobjtype = 'f'")
        assert cursor.fetchall() == [("f", "{portal_owner=X/portal_owner}")]


def test_only_functions_of_triggers_stand_outside_the_schema_of_functions(functions):
    ours = {name: one for name, one in functions.items() if not name.startswith(("procrastinate", "uuid"))}

    assert {name for name, one in ours.items() if (one["returns"] == "trigger") == name.startswith("portal.")} == set()


CLOSED = """
CREATE FUNCTION portal.tells_all(of_customer uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
REVOKE ALL ON FUNCTION portal.tells_all FROM PUBLIC;
GRANT CREATE ON SCHEMA portal TO portal_vault_writer;
ALTER FUNCTION portal.tells_all OWNER TO portal_vault_writer;
"""
OF_WRITER = """
SELECT proname, has_function_privilege('portal_app', oid, 'EXECUTE'),
    has_function_privilege('portal_owner', oid, 'EXECUTE')
FROM pg_proc WHERE proowner = 'portal_vault_writer'::regrole
"""


def test_a_restore_gives_back_what_the_application_calls_and_opens_nothing_else(db):
    with owner_speaking() as owner:
        before = {name: may for name, *may in owner.execute(OF_WRITER).fetchall()}
        owner.execute("BEGIN")
        owner.execute(CLOSED)
        owner.execute(programs.LAST.removesuffix("COMMIT;\n"))
        after = {name: may for name, *may in owner.execute(OF_WRITER).fetchall()}
        owner.execute("ROLLBACK")

    assert {name for name, (app, _owner) in before.items() if app} == set(programs.CALLED_BY_APP)
    assert after.pop("tells_all") == [False, True]
    assert {name: app for name, (app, _owner) in after.items()} == {name: app for name, (app, _o) in before.items()}
