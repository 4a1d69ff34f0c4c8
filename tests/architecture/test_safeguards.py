"""Whatever is done to what keeps the promises is named: at the start, by the health check, by verification."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from psycopg import Connection, errors

from consents.core import safeguards
from consents.management.commands.migrate import refuse_changed_safeguards
from consents.ops.monitoring.readiness import safeguard_watch
from consents.ops.running.checks import check_database
from tests.architecture.mutation.speaking import application_speaking, owner_speaking, superuser_speaking
from tests.races.meetings import WAITS
from tests.waiting import PATIENCE, wait_until

# What an owner does in a transaction, and what is named.
TAMPERINGS = {
    "DROP POLICY vault_record_read ON vault_record": "policy public.vault_record.vault_record_read is missing",
    "ALTER POLICY vault_record_read ON vault_record USING (true)": (
        "policy public.vault_record.vault_record_read was changed"
    ),
    "CREATE POLICY also ON vault_record FOR SELECT TO portal_app USING (true)": (
        "policy public.vault_record.also is not ours"
    ),
    "ALTER TABLE vault_record NO FORCE ROW LEVEL SECURITY": "table public.vault_record was changed",
    "ALTER TABLE vault_record DISABLE ROW LEVEL SECURITY": "table public.vault_record was changed",
    "GRANT TRUNCATE ON ledger_entry TO portal_app": "table public.ledger_entry was changed",
    "ALTER TABLE access_grant DISABLE TRIGGER access_grant_has_answer": (
        "trigger public.access_grant.access_grant_has_answer was changed"
    ),
    "ALTER TABLE access_grant ENABLE TRIGGER access_grant_has_answer": (
        "trigger public.access_grant.access_grant_has_answer was changed"
    ),
    "DROP TRIGGER ledger_entry_append_only ON ledger_entry": (
        "trigger public.ledger_entry.ledger_entry_append_only is missing"
    ),
    "CREATE OR REPLACE FUNCTION portal.clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'": (
        "function portal.clock() was changed"
    ),
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'": (
        "function public.refuse_change() was changed"
    ),
    "ALTER FUNCTION portal.append_entry RESET search_path": "function portal.append_entry(text,uuid,text,",
    "GRANT EXECUTE ON FUNCTION refuse_for_erased_customer TO PUBLIC": (
        "function public.refuse_for_erased_customer() was changed"
    ),
    "CREATE FUNCTION public.spare() RETURNS int LANGUAGE sql AS 'SELECT 1'": "function public.spare() is not ours",
    "GRANT CREATE ON SCHEMA public TO portal_app": "schema public was changed",
    "CREATE SCHEMA spare": "schema spare is not ours",
    "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC": "default privilege portal_owner f",
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO portal_app": "default privilege portal_owner r is not ours",
    "GRANT UPDATE (sealed) ON vault_record TO portal_app": "column public.vault_record.sealed was changed",
    "ALTER TABLE disclosures_opening ALTER opened_at DROP DEFAULT": (
        "column public.disclosures_opening.opened_at was changed"
    ),
    "ALTER TABLE access_grant DROP CONSTRAINT access_grant_no_overlap": (
        "constraint public.access_grant.access_grant_no_overlap is missing"
    ),
    "CREATE RULE quiet AS ON INSERT TO ledger_unjournalled DO INSTEAD NOTHING": (
        "rule public.ledger_unjournalled.quiet is not ours"
    ),
    "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO portal_app', current_database()); END $$": (
        "database this was changed"
    ),
    "CREATE PUBLICATION everything FOR TABLE vault_record": "publication everything is not ours",
}
# What the application itself may do, to itself.
BY_ITSELF = {
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC": "default privilege portal_app r is not ours",
}


def named_after(speaking: Connection, statement: str) -> list[str]:
    speaking.execute("BEGIN")
    try:
        speaking.execute(statement)
        with speaking.cursor() as cursor:
            return [str(change) for change in safeguards.find_changes(cursor)]
    finally:
        speaking.execute("ROLLBACK")


def test_after_a_migration_nothing_differs(db):
    with owner_speaking() as owner, application_speaking() as application:
        assert named_after(owner, "SELECT 1") == named_after(application, "SELECT 1") == []


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_what_an_owner_changes_is_named(db, statement):
    with owner_speaking() as owner:
        named = named_after(owner, statement)
    assert any(one.startswith(TAMPERINGS[statement]) for one in named), named


@pytest.mark.parametrize("statement", BY_ITSELF)
def test_what_the_application_changes_about_itself_is_named(db, statement):
    with application_speaking() as application, owner_speaking() as owner:
        application.execute("BEGIN")
        application.execute(statement)
        with application.cursor() as cursor:
            named = [str(change) for change in safeguards.find_changes(cursor)]
        application.execute("ROLLBACK")
        assert named == [BY_ITSELF[statement]] and named_after(owner, "SELECT 1") == []


def test_a_record_of_another_edition_is_compared_with_nothing(db):
    """What a newer portal reads in the catalog is not what an older one recorded, until it has migrated."""
    changed = "ALTER TABLE vault_record DISABLE ROW LEVEL SECURITY"
    another = "UPDATE portal.safeguard SET name = 'of yesterday' WHERE kind = 'edition'"
    with owner_speaking() as owner:
        assert named_after(owner, changed) and named_after(owner, f"{changed}; {another}") == []


def test_only_what_was_compared_keeps_its_record_when_some_kinds_are_recorded_anew(db):
    """As a restoration does, whose database has privileges of its own."""
    public = "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO portal_app', current_database()); END $$"
    hidden = "ALTER TABLE vault_record DISABLE ROW LEVEL SECURITY"
    another = "UPDATE portal.safeguard SET name = 'of yesterday' WHERE kind = 'edition'"
    with owner_speaking() as owner, owner.transaction(force_rollback=True), owner.cursor() as cursor:
        owner.execute(f"{public}; {hidden}")
        safeguards.record_kinds(cursor, ("database",))
        assert [change.kind for change in safeguards.find_changes(cursor)] == ["table"]

        owner.execute(another)
        safeguards.record_kinds(cursor, ("database",))

        assert safeguards.has_comparable_record(cursor) and safeguards.find_changes(cursor) == []


def test_what_the_application_owns_is_nothing_that_keeps_a_promise(db):
    """It used to take the policy of the vault along. What is left is what the owner lets it do with tables to come:
    the next migration says that again.
    """
    with superuser_speaking() as application, application.transaction(force_rollback=True):
        # It loses its privileges on every database of the server, and other workers drop theirs meanwhile.
        application.execute("LOCK TABLE pg_database IN SHARE ROW EXCLUSIVE MODE")
        application.execute("SET LOCAL SESSION AUTHORIZATION portal_app")
        application.execute("DROP OWNED BY portal_app")
        changes = safeguards.find_changes(application.cursor())

    assert {change.kind for change in changes} == {"default privilege"}


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM portal.safeguard", "INSERT INTO portal.safeguard VALUES ('', '', '')", "TRUNCATE portal.safeguard"],
)
def test_the_application_does_not_write_the_record(db, statement):
    with application_speaking() as application, pytest.raises(errors.InsufficientPrivilege):
        application.execute(statement)


def record_and_take_back(owner: Connection) -> None:
    with owner.transaction(force_rollback=True), owner.cursor() as cursor:
        safeguards.record_safeguards(cursor)


def test_the_record_is_made_anew_while_the_table_is_being_vacuumed(db):
    """A vacuum holds the table, and in the end writes into its row of `pg_class`, where the privileges are."""
    with ThreadPoolExecutor(1) as pool, owner_speaking() as cleaning, owner_speaking() as recording:
        cleaning.execute("BEGIN")
        cleaning.execute("LOCK TABLE portal.safeguard IN SHARE UPDATE EXCLUSIVE MODE")
        recorded = pool.submit(record_and_take_back, recording)
        wait_until(lambda: cleaning.execute(WAITS).fetchone()[0], "the record waits for the table")
        cleaning.execute("GRANT SELECT ON portal.safeguard TO portal_app")
        cleaning.execute("ROLLBACK")
        recorded.result(PATIENCE)


@pytest.fixture
def tampered(transactional_db):
    """A function that anybody may execute."""
    with owner_speaking() as owner:
        owner.execute("GRANT EXECUTE ON FUNCTION refuse_for_erased_customer TO PUBLIC")
        safeguard_watch.until = 0.0
        yield
        owner.execute("REVOKE EXECUTE ON FUNCTION refuse_for_erased_customer FROM PUBLIC")
        safeguard_watch.until = 0.0


def test_the_portal_does_not_start_on_it(tampered):
    with pytest.raises(ImproperlyConfigured, match="refuse_for_erased_customer"):
        check_database()


def test_the_health_check_says_so(tampered, client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["safeguards"]) == (503, "changed")


def test_the_health_check_asks_twice_a_minute_at_most(transactional_db, client, monkeypatch):
    asked = []
    monkeypatch.setattr(safeguards, "find_changes", lambda cursor: asked.append(1))
    safeguard_watch.until = 0.0
    for _ in range(3):
        client.get("/readyz")
    assert asked == [1]
    safeguard_watch.until = 0.0


def test_verification_names_it(tampered):
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", json=True, stdout=out)
    assert ended.value.code == 1
    assert {"kind": "function", "name": "public.refuse_for_erased_customer()", "what": "was changed"} in json.loads(
        out.getvalue()
    )["changes"]


def test_a_migration_does_not_bless_it(tampered):
    with pytest.raises(CommandError, match="Nothing was migrated"):
        refuse_changed_safeguards("default")
