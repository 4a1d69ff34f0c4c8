"""The database keeps the promises: what the application role may do, read from the catalogue."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from consents.core import roles
from consents.core.append_only import AppendOnlyModel
from tests.architecture.mutation.parts import our_tables
from tests.architecture.personal_tables import PERSONAL


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_the_suite_runs_as_the_application_role(db):
    """I4: no superuser, no BYPASSRLS, owner of nothing, member of no such role."""
    assert rows("SELECT current_user, session_user") == [("portal_app", "portal_app")]
    assert roles.find_role_problems(connection) == []


def test_migrations_are_complete(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_application_may_truncate_and_trigger_nothing(db):
    assert not rows(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm')"
        " AND has_table_privilege('portal_app', c.oid, 'TRUNCATE, TRIGGER, REFERENCES, MAINTAIN')"
    )


def test_append_only_models_are_append_only_tables(db):
    for model in apps.get_models():
        if issubclass(model, AppendOnlyModel):
            table = model._meta.db_table
            assert rows(
                f"SELECT has_table_privilege('portal_app', '{table}', 'UPDATE, DELETE'),"
                f" (SELECT count(*) FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgenabled = 'A'"
                f"  AND tgname IN ('{table}_append_only', '{table}_no_truncate'))"
            ) == [(False, 2)], table


# Functions that name no table, so that no temporary table can stand in for one.
UNPINNED = {"canonical_entry", "clock", "clock_offset", "now", "sees_what_is_committed"}


def test_functions_that_name_tables_pin_their_search_path(db):
    unpinned = rows(
        "SELECT p.proname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang"
        " WHERE p.pronamespace::regnamespace::text IN ('public', 'portal') AND l.lanname IN ('sql', 'plpgsql')"
        " AND p.proname NOT LIKE 'procrastinate%' AND coalesce(array_to_string(p.proconfig, ' '), '') !~ 'search_path'"
    )
    assert {name for (name,) in unpinned} == UNPINNED


def test_temporary_objects_come_last_on_a_pinned_path(db):
    assert not rows(
        "SELECT p.proname FROM pg_proc p CROSS JOIN unnest(p.proconfig) AS setting"
        " WHERE p.pronamespace::regnamespace::text IN ('public', 'portal') AND setting ~ '^search_path='"
        " AND setting !~ '^search_path=pg_catalog,.*pg_temp$'"
    )


# Why a table with personal columns stands outside the row policies, each reviewed. Everything about a customer that
# is worth a policy is in the vault; what is left here is sealed, hashed, about staff, or what a page lists anyway.
WITHOUT_POLICY = {
    "people_user": "sign-in looks an address up before anybody is known",
    "people_staffmember": "the number of a member of staff, shown to officers",
    "people_directoryperson": "what the company's directory tells of its staff, shown to the directory alone",
    "people_customer": "address sealed, found by keyed hash; reference and country are what an exact search compares",
    "people_customerkey": "wrapped by a key outside the database",
    "people_erasedreference": "keyed hash alone, compared by the import, which reads no other row of the person",
    "people_acting": "the name that a representative chose, sealed; read by whoever acts",
    "people_claimcode": "a keyed hash of the code",
    "people_submission": "a keyed hash of what a form said, for a day",
    "people_legalhold": "the number of a case or file, for officers",
    "people_evidence": "network cut to /24 or /48, erasable, written before anybody is known",
    "copies_package": "sealed under the customer's own key, for two weeks",
    "copies_addedfile": "name and words of a file, sealed under the customer's own key; read by officers on record",
    "copies_filechunk": "sealed under the customer's own key, for as long as its copy is there",
    "copies_collectioncode": "a keyed hash of the code, for as long as the package is there",
    "notifications_message": "account mail, sealed until it is sent; the address it went to as a keyed hash",
    "notifications_failingaddress": "a keyed hash",
    "notifications_preference": "whether reminders are wanted, read before one is queued",
    "systems_webhook": "the number of an erased customer, sealed until the company's systems have been told",
    "disclosures_looknews": "how often looks are told, read by the job that tells everybody",
    "vault_fingerprint": "a keyed hash, by which an import knows unchanged records",
    "access_accessrequest": "what staff wrote for the customer to read; listed for both",
    "access_answer": "the customer's message, sealed under their key",
    "access_proposedrequest": "sealed under the customer's key; read by requester, manager and officers",
    "exemptions_exemption": "what staff and authorities wrote of a duty or a danger; the customer reads it too",
    "access_callercode": "keyed hashes of a code that counts for minutes",
    "access_enquiry": "sealed under the customer's key; read by the customer and the one requester they asked",
    "disclosures_lookreport": "sealed under the customer's key; a case that the customer, the member and officers read",
    "exports_export": "an officer's own reason",
    "breaches_announcementtext": "whom customers can ask, which each of them reads",
    "rights_rightsrequest": "the number of a document that shows who may act for whom, for officers",
    "rights_clarification": "a keyed hash of the code, read before it is known who types it",
    "rights_statement": "sealed under the customer's key, or the request's own until it is known whose it is",
    "rights_redaction": "sealed under the customer's key",
    "rights_draft": "sealed as what it will become, until it is sent",
}


def test_personal_tables_force_a_policy_or_have_a_reason(db):
    forced = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")}
    assert forced == {"vault_record"}
    assert set(PERSONAL) - forced <= set(WITHOUT_POLICY)


LOOKS = ("open_door()", "door_shows(")


def test_every_policy_asks_for_a_context(db):
    """I2: no permissive fallback."""
    policies = rows("SELECT policyname, roles::text[], cmd, qual FROM pg_policies")
    for name, to, command, using in policies:
        if name == "vault_record_write":
            assert to == [roles.VAULT_WRITER]
        else:
            assert to == ["public"] and command == "SELECT", name
            asks = ("open_statistics()", "statistics_show(") if name == "vault_record_count" else LOOKS
            assert all(part in using for part in ("CURRENT_USER = 'portal_app'", *asks))
    assert {name for name, *_ in policies} == {"vault_record_count", "vault_record_read", "vault_record_write"}


def test_no_view_copy_partition_or_rule_shows_what_the_policy_hides(db):
    """I5: nothing readable by an application role bypasses the policy."""
    assert not rows(
        "SELECT relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND (relkind IN ('m', 'p', 'f')"
        " OR relispartition OR relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY(reloptions), false))"
    )
    assert not rows("SELECT rulename FROM pg_rules WHERE schemaname = 'public'")
    assert not rows("SELECT FROM pg_inherits WHERE inhparent = 'vault_record'::regclass")


def test_nothing_silences_our_triggers(db):
    assert not rows(
        "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal"
        " AND c.relname NOT LIKE 'procrastinate%' AND tgenabled <> 'A'"
    )


def test_roles_are_what_they_were_made_as(db):
    """I4"""
    made = rows(
        "SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
        " WHERE rolname LIKE 'portal%' ORDER BY 1"
    )
    assert made == [
        (roles.APP, True, False, False, False, False),
        (roles.BACKUP, True, False, False, False, True),
        (roles.OWNER, True, False, False, False, False),
        (roles.VAULT_WRITER, False, False, False, False, False),
    ]
    assert rows("SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members WHERE roleid >= 16384") == [
        (roles.VAULT_WRITER, roles.OWNER)
    ]


READ_ONLY = {
    "rights_register",
    "vault_record",
    "ledger_entry",
    "ledger_chainhead",
    "ledger_restoration",
    "django_migrations",
}
# They end or change, never vanish.
KEPT = {
    "access_accessrequest",
    "access_block",
    "access_callercode",
    "access_grant",
    "access_proposedrequest",
    "choices_choice",
    "access_enquiry",
    "disclosures_lookreport",
    "choices_mark",
    "people_acting",
    "people_jointassent",
}
KEPT |= {"people_customer", "people_legalhold", "people_erasure", "people_staffmember", "people_staffproposal"}
KEPT |= {"catalogue_retirement", "access_sentencetemplate"}
KEPT |= {
    "copies_collectioncode",
    "copies_package",
    "notifications_staffpreference",
    "rights_mention",
    "rights_questiontemplate",
    "rights_redaction",
    "rights_rightsrequest",
}
KEPT |= {"vault_parterasure", "breaches_announcement", "breaches_breachnotice"}
KEPT |= {"training_moduleversion", "insights_question", "exemptions_exemption"}


def append_only_tables() -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnlyModel)}


def expected_of(table: str) -> set[str]:
    if table in READ_ONLY:
        return {"SELECT"}
    if table == "ledger_unjournalled":  # noted by trigger, taken once it is in the journal
        return {"SELECT", "DELETE"}
    if table in append_only_tables():
        return {"SELECT", "INSERT"}
    if table == "vault_fingerprint":  # written beside its record, by `store_records`; hashed with newer index keys
        return {"SELECT", "UPDATE", "DELETE"}
    if table == "copies_filechunk":  # a piece of a file never changes; it goes with its copy
        return {"SELECT", "INSERT", "DELETE"}
    if table in ("people_submission", "people_evidence"):
        return {"SELECT", "INSERT", "DELETE"}  # never changed; forgotten after a day, erased with the person
    return {"SELECT", "INSERT", "UPDATE"} | (set() if table in KEPT else {"DELETE"})


def test_the_application_has_exactly_these_privileges(db):
    found = rows(
        "SELECT c.relname, array_agg(p) FROM pg_class c CROSS JOIN"
        " unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER','MAINTAIN']) AS p"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')"
        " AND (has_table_privilege('portal_app', c.oid, p)"
        "      OR p IN ('INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege('portal_app', c.oid, p))"
        " GROUP BY 1"
    )
    assert {table: set(may) for table, may in found} == {table: expected_of(table) for table, _ in found}
    assert set(our_tables()) <= {table for table, _ in found}


def test_the_public_and_the_vault_writer_have_next_to_nothing(db):
    assert not rows(
        "SELECT table_name FROM information_schema.table_privileges"
        " WHERE grantee = 'PUBLIC' AND table_schema = 'public'"
    )
    assert not rows(
        "SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text IN ('public',"
        " 'portal') AND proname !~ '^uuid'"
        " AND has_function_privilege('public', oid, 'EXECUTE')"
    )
    assert not rows(
        "SELECT relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND relname NOT IN ('vault_record', 'vault_fingerprint')"
        " AND has_table_privilege('portal_vault_writer', c.oid, 'SELECT, INSERT, UPDATE, DELETE')"
    )


def test_the_application_makes_nothing_of_its_own(db):
    assert rows(
        "SELECT has_schema_privilege('portal_app', 'public', 'CREATE'),"
        " has_database_privilege('portal_app', current_database(), 'CREATE')"
    ) == [(False, False)]


@pytest.mark.parametrize(
    "statement", ["SET ROLE portal_owner", "SET ROLE portal_vault_writer", "SET SESSION AUTHORIZATION postgres"]
)
def test_the_application_becomes_nobody_else(db, statement):
    with pytest.raises(Exception, match="permission denied"):
        rows(statement)
