"""What somebody with the application's password could still write without leaving an entry, read from the catalogue.

A write is on record where a trigger, or what it calls, asks for the entry of the same transaction
(`is_of_this_transaction`), whoever the row is about, in whatever column: one with a condition of its own (but "not by
the owner") leaves the rest open, which then stands here.
Everything else is listed with the reason why it may stay so; what is closed or opened makes this list wrong.
"""

from django.db import connection

OPEN = """
WITH RECURSIVE asking AS (
    SELECT f.oid, f.proname FROM pg_proc AS f
    WHERE f.pronamespace IN ('public'::regnamespace, 'portal'::regnamespace) AND f.prosrc ~ 'is_of_this_transaction'
    UNION
    SELECT f.oid, f.proname FROM pg_proc AS f JOIN asking AS a ON f.prosrc ~ ('\\m' || a.proname || '\\(')
    WHERE f.pronamespace IN ('public'::regnamespace, 'portal'::regnamespace))
SELECT c.relname, p FROM pg_class AS c CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS p
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND (has_table_privilege('portal_app', c.oid, p)
       OR p <> 'DELETE' AND has_any_column_privilege('portal_app', c.oid, p))
  AND NOT EXISTS (
      SELECT FROM pg_trigger AS t JOIN asking AS f ON f.oid = t.tgfoid
      WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled = 'A'
        AND t.tgtype::int & CASE p WHEN 'INSERT' THEN 4 WHEN 'DELETE' THEN 8 ELSE 16 END <> 0
        AND coalesce(substring(pg_get_triggerdef(t.oid) FROM ' WHEN (.*) EXECUTE'), '')
            IN ('', '((SESSION_USER <> ''portal_owner''::name))'))
"""
ANY = ("INSERT", "UPDATE", "DELETE")
SIGN_IN = "signing in is the application's own work: who writes sessions acts as anybody, on record under that name"
QUEUE = "jobs run the portal's own code as the same role"
RIGHTS = "Django's permissions, which nothing here asks: rank is people_staffmember, on record"
DIRECTORY = "what the company's directory says of its staff: a membership begins, changes and ends on record alone"

# Table, privileges, and why they may be used without an entry.
OFF_RECORD: list[tuple[str, tuple[str, ...], str]] = [
    # Sign-in and the machinery around it.
    ("account_emailaddress", ANY, SIGN_IN),
    ("account_emailconfirmation", ANY, SIGN_IN),
    ("mfa_authenticator", ANY, SIGN_IN),
    ("usersessions_usersession", ANY, SIGN_IN),
    (
        "socialaccount_socialaccount",
        ("INSERT", "DELETE"),
        f"{SIGN_IN}; a tie to a provider's person counts only with a proof that is made with keys outside",
    ),
    ("django_session", ANY, SIGN_IN),
    (
        "people_user",
        ANY,
        f"{SIGN_IN}; names are frozen, accounts locked and closed on record, unfinished sign-ups alone deleted",
    ),
    ("people_directorygroup", ANY, DIRECTORY),
    ("people_directoryperson", ANY, DIRECTORY),
    ("people_directoryperson_groups", ANY, DIRECTORY),
    ("portal_cache", ANY, "rate limits alone"),
    ("auth_group", ANY, RIGHTS),
    ("auth_group_permissions", ANY, RIGHTS),
    ("auth_permission", ANY, RIGHTS),
    ("django_content_type", ANY, RIGHTS),
    ("django_admin_log", ANY, "nothing writes or reads it: the ledger tells who did what"),
    ("procrastinate_jobs", ANY, QUEUE),
    ("procrastinate_events", ANY, QUEUE),
    ("procrastinate_periodic_defers", ANY, QUEUE),
    ("procrastinate_workers", ANY, QUEUE),
    # Mail tells; it permits nothing and holds no link that acts.
    ("notifications_message", ANY, "a mail more or less, or none: what happened stands on the pages and in the ledger"),
    ("notifications_failingaddress", ANY, "reminders that stop, or go where they do not arrive"),
    ("notifications_preference", ("DELETE",), "reminders as if nothing had been chosen; an erasure takes the row"),
    (
        "disclosures_looknews",
        ANY,
        "an email about looks earlier, later or never: how often has its trigger, and “Who looked” shows every look",
    ),
    ("systems_receiver", ANY, "other systems are told later or not; what they may do they ask for"),
    ("systems_webhook", ANY, "other systems ask once more, or are not told; what they may do they ask for"),
    ("choices_digest", ANY, "a reminder more or less"),
    # The ledger's own.
    ("ledger_leaf", ("INSERT",), "only the next right one: ledger_leaf_is_next"),
    ("ledger_checkpoint", ("INSERT",), "only of the log as it is; a signature that is not ours verify_ledger names"),
    ("ledger_unjournalled", ("DELETE",), "backup and verify_ledger find what the journal lacks, and make it good"),
    # People.
    ("people_customer", ("INSERT",), "a record of nobody's: no consent, no data, and nobody acts for it off record"),
    (
        "people_customer",
        ("UPDATE",),
        "number, address, erasure and the facts about them have a trigger each; when the record was made is frozen",
    ),
    ("people_customerkey", ("INSERT",), "a key where there is none seals nothing yet; none for the erased"),
    ("people_customerkey", ("DELETE",), "only within an erasure, which is on record: people_customerkey_kept"),
    (
        "people_acting",
        ("UPDATE",),
        "it only ends: less may be done for the customer, and an officer joins them again; or gets another spoken name,"
        " which its own user alone reads",
    ),
    ("people_claimcode", ("DELETE",), "a code that does not work; an erasure takes the row"),
    ("people_erasedreference", ("INSERT",), "the import passes a number over, and counts it"),
    ("people_evidence", ("INSERT", "DELETE"), "network and browser, erasable; the act itself is in the ledger"),
    (
        "people_submission",
        ("INSERT", "DELETE"),
        "a form that counts once more or not at all; what it does is on record",
    ),
    (
        "vault_fingerprint",
        ("UPDATE", "DELETE"),
        "the import stores a record again, or passes it over; storing is on record",
    ),
    # Rights requests: each step is on record, these go with it.
    (
        "rights_savedview",
        ANY,
        "filters that an officer keeps under a name: nobody else reads it, nothing follows from it",
    ),
    ("rights_draft", ANY, "what an officer has not sent yet, sealed: nobody else reads it, nothing follows from it"),
    ("rights_statement", ANY, "sealed words, erasable: the request, each step and the answer are on record"),
    # Parts of what is on record.
    ("people_jointassent", ("UPDATE",), "only its end, after which less can begin: people_jointassent_frozen"),
    ("access_grant", ("UPDATE",), "only its end, which is on record: access_grant_frozen refuses the rest"),
    (
        "exemptions_exemptedcategory",
        ("INSERT",),
        "only in the transaction that files: exemptions_exemptedcategory_when_filed",
    ),
]


def test_what_may_be_written_off_record_is_listed(db):
    with connection.cursor() as cursor:
        cursor.execute(OPEN)
        found = set(cursor.fetchall())

    listed = [(table, privilege) for table, privileges, _reason in OFF_RECORD for privilege in privileges]
    assert found - set(listed) == set(), "may be written off record, and is not listed"
    assert set(listed) - found == set(), "listed, and not or no longer open"
    assert len(listed) == len(set(listed)) and all(reason for _table, _privileges, reason in OFF_RECORD)
