"""A statement over 100,000 rows takes no more locks than one over a few, however many people the rows name."""

import pytest
from django.db import connection, transaction

from consents.breaches.rules import MOST_LISTED
from consents.core.owner import as_owner, silence_triggers
from consents.people.selectors import WAIT_FOR_FORMS
from tests.world import breaches

MANY = 100_000
MOST_LOCKS = 1_100
SERIES = f"generate_series(1, {MANY}) AS n"
USER, CUSTOMER = "md5('user' || n)::uuid", "md5('customer' || n)::uuid"
TABLES = ("people_customer", "people_user", "socialaccount_socialaccount")
PEOPLE = f"""
INSERT INTO people_customer (id, reference, address_hash, sealed_address, country, region, language, created_at)
    SELECT {CUSTOMER}, 'M-' || n, '\\x01' || sha256(n::text::bytea), 'sealed', 'DE', '', 'en', portal.now()
    FROM {SERIES};
INSERT INTO people_user (id, password, email, first_name, last_name, is_active)
    SELECT {USER}, '!', 'many' || n || '@example.com', '', '', true FROM {SERIES};
INSERT INTO socialaccount_socialaccount (user_id, provider, uid, extra_data, last_login, date_joined)
    SELECT {USER}, 'company', '01' || n, '{{}}', portal.now(), portal.now() FROM {SERIES}
"""
EVIDENCE = f"""
INSERT INTO people_evidence (id, "user", network, browser, language)
    SELECT gen_random_uuid(), {USER}, '', '', 'en' FROM {SERIES}
"""
CHOICES = f"""
INSERT INTO choices_choice
    (id, customer_id, purpose_id, version_id, language, status, since, rest_rule, despite_signal)
    SELECT gen_random_uuid(), {CUSTOMER}, v.purpose_id, v.id, 'en', 'ConsentRefused', portal.now(), '', false
    FROM {SERIES}, (SELECT * FROM catalogue_purposeversion WHERE published_at IS NOT NULL LIMIT 1) AS v
"""
ACCOUNTS_THAT_CLOSE = WAIT_FOR_FORMS.replace("unnest(%s::uuid[]) AS id", f"(SELECT {USER} AS id FROM {SERIES}) AS ids")
LISTED = "UPDATE people_customer SET country = 'AT', sealed_address = 'changed' WHERE reference LIKE 'M-%'"
TIES = "UPDATE socialaccount_socialaccount SET uid = '02' || right(uid, -2)"
NOTICES = f"""
INSERT INTO breaches_breachnotice (id, announcement_id, customer_id)
    SELECT gen_random_uuid(), %s, {CUSTOMER} FROM generate_series(1, {MOST_LISTED}) AS n
"""
APPEND = "SELECT portal.append_entry(%s, NULL, 'portal', '', 'many', %s, '', 'portal', NULL, '', '{}')"
LOCKS = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()"

# Written many rows at a time, in one statement or one transaction: by import, rotation of keys, announcements, forms.
WRITTEN_IN_BULK = [
    *("people_customer", "people_customerkey", "people_evidence", "vault_record", "vault_fingerprint"),
    *("account_emailaddress", "mfa_authenticator", "socialaccount_socialaccount", "breaches_breachnotice"),
    *("notifications_message", "notifications_failingaddress", "ledger_leaf", "ledger_unjournalled"),
]
QUERIES = r"\m(FROM|PERFORM|is_on_record|customer_tells_now)\M"
ROW_RULES = r"""
SELECT DISTINCT p.proname FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgtype & 1 = 1 AND t.tgrelid = ANY (%s::regclass[])
  AND regexp_replace(p.prosrc, 'IS (NOT )?DISTINCT FROM|PERFORM (portal\.)?refuse\(', '', 'g') ~ %s
"""
TRIED = {
    "refuse_for_closed_account",
    "require_entry_for_address",
    "require_entry_for_facts",
    "require_entry_for_rekeyed_tie",
    "refuse_change_of_breach_notice",
    "require_entry_for_breach_notice",
}
OF_ONE_CUSTOMER = {"require_entry_for_erased_customer", "refuse_unless_customer_erased", "refuse_removal_of_records"}


def run_bounded(cursor, statement: str, values: list[object] | None = None) -> None:
    """Run it, with all that is checked at the end of its transaction, and take it back."""
    cursor.execute(statement, values)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(LOCKS)
    assert cursor.fetchone()[0] <= MOST_LOCKS
    transaction.set_rollback(True)


@pytest.fixture
def many_people(real_world):
    with as_owner() as owner, silence_triggers(owner, *TABLES) as cursor:
        cursor.execute(PEOPLE)
    return real_world


def test_one_statement_over_many_rows(many_people, subtests):
    for name, statement in {"forms": EVIDENCE, "accounts that close": ACCOUNTS_THAT_CLOSE}.items():
        with subtests.test(name), transaction.atomic(), connection.cursor() as cursor:
            run_bounded(cursor, statement)
    # The owner is not bound by what must be on record.
    with subtests.test("choices"), as_owner(), transaction.atomic(), connection.cursor() as cursor:
        run_bounded(cursor, CHOICES)
    for statement, event, object in [
        (LISTED, "customers.imported", "list"),
        (TIES, "provider_ties.rekeyed", "ties"),
    ]:
        with subtests.test(event), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(APPEND, [event, object])
            run_bounded(cursor, statement)
    with subtests.test("announcement"), transaction.atomic(), connection.cursor() as cursor:
        breach = breaches.record_breach(many_people)
        breaches.assess_breach(many_people, breach)
        announcement = breaches.propose_announcement(many_people, breach, "C-1001")
        run_bounded(cursor, NOTICES, [announcement.pk])


def test_every_rule_for_each_row_of_what_is_written_in_bulk_is_tried(db):
    with connection.cursor() as cursor:
        cursor.execute(ROW_RULES, [WRITTEN_IN_BULK, QUERIES])
        assert {name for (name,) in cursor.fetchall()} == TRIED | OF_ONE_CUSTOMER


def test_every_trigger_that_takes_an_advisory_lock_is_known(db):
    """Of accounts there are 1,024 locks; an insight is asked by one analyst, one at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE prorettype = 'trigger'::regtype AND prosrc ~ 'advisory'")
        assert {name for (name,) in cursor.fetchall()} == {"refuse_for_closed_account", "refuse_other_insights"}
