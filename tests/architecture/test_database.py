"""The database keeps the promises: what the application role may do, read from the catalogue."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from consents.core import roles


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_the_suite_runs_as_the_application_role(db):
    assert rows("SELECT current_user, session_user") == [("portal_app", "portal_app")]
    assert roles.problems(connection) == []


def test_migrations_are_complete(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_application_may_truncate_and_trigger_nothing(db):
    assert not rows(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm')"
        " AND has_table_privilege('portal_app', c.oid, 'TRUNCATE, TRIGGER, REFERENCES, MAINTAIN')"
    )


def test_append_only_models_are_append_only_tables(db):
    from consents.core.append_only import AppendOnlyModel

    for model in apps.get_models():
        if issubclass(model, AppendOnlyModel):
            table = model._meta.db_table
            assert rows(
                f"SELECT has_table_privilege('portal_app', '{table}', 'UPDATE, DELETE'),"
                f" (SELECT count(*) FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgenabled = 'A'"
                f"  AND tgname IN ('{table}_append_only', '{table}_no_truncate'))"
            ) == [(False, 2)], table


# Reviewed: what they do is all the application role can do through them.
DEFINERS = {"ledger_append", "vault_store"}


def test_definer_functions_are_reviewed_and_pinned(db):
    definers = dict(
        rows(
            "SELECT p.proname, coalesce(array_to_string(p.proconfig, ' '), '') FROM pg_proc p"
            " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.prosecdef"
        )
    )
    assert set(definers) == DEFINERS
    assert all("search_path" in setting for setting in definers.values())


def test_the_vault_forces_its_policy(db):
    assert rows("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'vault_record'") == [
        (True, True)
    ]


def test_no_view_or_partition_shows_what_the_policy_hides(db):
    assert not rows(
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND relkind IN ('v', 'm', 'p')"
    )


@pytest.mark.parametrize(
    "statement", ["SET ROLE portal_owner", "SET ROLE portal_vault_writer", "SET SESSION AUTHORIZATION postgres"]
)
def test_the_application_becomes_nobody_else(db, statement):
    with pytest.raises(Exception, match="permission denied"):
        rows(statement)
