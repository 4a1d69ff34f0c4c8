"""Insert the past of many customers in bulk, as owner: people, choices, requests, answers, grants and openings.

Ids are computed from numbers (`bench_id`), so that no step has to look up rows of the previous one. Ledger entries go
through the ledger's own function, so its chains are valid.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

PAST_OF_READERS = 12  # so that the page of earlier requests is full
PAST_OF_OTHERS = 1


def build_id(kind: str, number: int) -> UUID:
    """Return the same id as `bench_id` in SQL."""
    return UUID(hashlib.md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())


IDS = """
CREATE FUNCTION bench_id(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT md5(kind || number)::uuid'
"""
# The keys of those whose data is opened are real; they come later. Sizes are right everywhere.
PEOPLE = """
INSERT INTO people_customer (id, reference, address_hash, sealed_address, country, region, language, created_at)
    SELECT bench_id('customer', n), 'B-' || n, sha256(convert_to('B-' || n, 'UTF8')),
           sha256(convert_to('sealed' || n, 'UTF8')), 'DE', '', 'en', portal.now() - interval '800 days'
    FROM generate_series(%(first)s::int, %(last)s) AS n;
INSERT INTO people_customerkey (customer_id, kid, wrapped)
    SELECT bench_id('customer', n), '1', decode(repeat(md5(n::text), 4), 'hex')
    FROM generate_series(greatest(%(first)s::int, %(readers)s + 1), %(last)s) AS n;
INSERT INTO people_user (id, password, email, first_name, last_name, is_active)
    SELECT bench_id('user', n), '!', 'customer' || n || '@example.com', '', '', true
    FROM generate_series(%(first)s::int, %(last)s) AS n;
INSERT INTO people_acting (user_id, customer_id, capacity)
    SELECT bench_id('user', n), bench_id('customer', n), 'self' FROM generate_series(%(first)s::int, %(last)s) AS n
"""
CHOICES = """
INSERT INTO choices_choice (id, customer_id, purpose_id, version_id, language, status, since, rest_rule,
                            despite_signal)
    SELECT bench_id('choice', n * 100 + v.id), bench_id('customer', n), v.purpose_id, v.id, 'en',
           (ARRAY['ConsentGiven', 'ConsentRefused', 'ConsentWithdrawn'])[1 + (n + v.id) %% 3],
           portal.now() - interval '90 days' - n %% %(days)s * interval '1 day', '', false
    FROM generate_series(%(first)s::int, %(last)s) AS n CROSS JOIN catalogue_purposeversion AS v
"""
# Whose turn it is to ask, and by which text.
TURNS = """
    WITH staff AS (
        SELECT user_id, row_number() OVER (ORDER BY number) - 1 AS place, count(*) OVER () AS all_of_them
        FROM people_staffmember WHERE role = 'requester'),
    version AS (
        SELECT v.id, v.purpose_id, p.code, w.hash, row_number() OVER (ORDER BY v.id) - 1 AS place,
               count(*) OVER () AS all_of_them
        FROM catalogue_purposeversion AS v JOIN catalogue_purpose AS p ON p.id = v.purpose_id
        JOIN catalogue_notice AS w ON w.version_id = v.id AND w.language = 'en')
"""
# Long enough ago that no waiting time runs, and apart from each other. Odd ones were allowed, even ones denied.
PAST = f"""
CREATE TEMP TABLE past AS {TURNS}
    SELECT bench_id('request', n * 100 + k) AS id, bench_id('customer', n) AS customer, bench_id('user', n) AS person,
           staff.user_id AS staff, version.id AS version, version.purpose_id AS purpose, version.code,
           k %% 2 = 1 AS allowed, false AS waits, portal.now() - interval '400 days' - k * interval '1 day' AS filed_at
    FROM generate_series(%(first)s, %(last)s) AS n
    CROSS JOIN generate_series(1, CASE WHEN n <= %(readers)s THEN %(past_of_readers)s ELSE %(past_of_others)s END) AS k
    JOIN staff ON staff.place = (n + k) %% staff.all_of_them
    JOIN version ON version.place = (n + k) %% version.all_of_them
"""
# Of what the table `past` holds.
REQUESTS = """
CREATE TEMP TABLE kind AS SELECT id, code FROM catalogue_category WHERE code IN ('contact', 'orders');
INSERT INTO access_accessrequest (id, customer_id, staff_id, asked_name, asked_team, purpose_id, version_id, reason,
        sentence, sensitive_reason, case_number, duration, answer_by, filed_at, digest, token, state, ended_at)
    SELECT id, customer, staff, 'Sam', 'Billing Support', purpose, version, 'you_contacted_us',
           'You wrote to us about an earlier bill.', '', 'C-1', '2 hours', filed_at + interval '7 days', filed_at,
           encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), id,
           CASE WHEN waits THEN 'pending' WHEN allowed THEN 'approved' ELSE 'denied' END,
           CASE WHEN NOT waits THEN filed_at + interval '1 hour' END FROM past;
INSERT INTO access_requestedcategory (access_request_id, customer_id, category_id)
    SELECT past.id, customer, kind.id FROM past CROSS JOIN kind;
INSERT INTO access_answer
    (access_request_id, customer_id, decision, answered_by_id, capacity, duration, shown_digest, token, answered_at)
    SELECT id, customer, CASE WHEN allowed THEN 'all' ELSE 'none' END, person, 'self', '2 hours',
           encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), id, filed_at + interval '1 hour'
    FROM past WHERE NOT waits;
INSERT INTO access_grant
    (id, access_request_id, staff_id, customer_id, category_id, purpose_id, starts_at, ends_at, ended_at, "end")
    SELECT md5('grant' || past.id || kind.id)::uuid, past.id, staff, customer, kind.id, purpose,
           filed_at + interval '1 hour', filed_at + interval '3 hours', filed_at + interval '3 hours', 'time'
    FROM past CROSS JOIN kind WHERE allowed
"""
LOOKS = """
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id, opened_at)
    SELECT gen_random_uuid(), 'grant', staff_id, customer_id, category_id, purpose_id, id,
           starts_at + interval '5 minutes' FROM access_grant
"""
HISTORY = """
SELECT count(portal.append_entry(event, customer, 'customer', person::text, object_type, object, purpose, 'portal',
    NULL,
                           outcome, details)) FROM (
    SELECT 1 AS part, portal.consent_event(c.status) AS event, customer_id AS customer, a.user_id AS person,
           'choice' AS object_type, c.id::text AS object, p.code AS purpose, c.status AS outcome,
           '{"version":1,"language":"en","notice":"' || w.hash || '","method":"portal button","interface":"",'
           '"explicit":false,"valid_until":null,"capacity":"self"}' AS details
    FROM choices_choice AS c JOIN catalogue_purpose AS p ON p.id = c.purpose_id
    JOIN catalogue_notice AS w ON w.version_id = c.version_id AND w.language = 'en'
    JOIN people_acting AS a USING (customer_id)
    UNION ALL SELECT 2, 'access_request.filed', customer, staff, 'access_request', id::text, code,
           'pending', '{}' FROM past
    UNION ALL SELECT 3, 'access_request.answered', customer, person, 'access_request', id::text, code,
           CASE WHEN allowed THEN 'approved' ELSE 'denied' END, '{}' FROM past
    ORDER BY customer, part) AS entries
"""
STEPS = [
    ("customers", IDS),
    ("customers", PEOPLE),
    ("choices", CHOICES),
    ("requests, answers, grants and looks", PAST, REQUESTS, LOOKS),
    ("ledger", HISTORY),
    ("statistics of the database", "VACUUM ANALYZE"),
]


def create_past(owner: BaseDatabaseWrapper, *, customers: int, readers: int, say: Callable[[str], None]) -> None:
    """Insert the past; catalogue and staff must exist. The first `readers` customers get a longer one."""
    numbers = {
        "first": 1,
        "last": customers,
        "days": 1,  # all chose on one day
        "readers": readers,
        "past_of_readers": PAST_OF_READERS,
        "past_of_others": PAST_OF_OTHERS,
    }
    with owner.cursor() as cursor:
        for what, *steps in STEPS:
            say(f"Making {customers:,} customers: {what} …")
            run_statements(cursor, steps, numbers)


def list_filled_tables(steps: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the tables that these steps insert into, each once."""
    return tuple(dict.fromkeys(name for step in steps for name in re.findall(r"INSERT INTO (\w+)", step)))


def run_statements(cursor: Any, steps: Iterable[str], numbers: Mapping[str, Any]) -> None:
    """Run each statement of these steps, which are separated by a semicolon at the end of a line."""
    for statement in (statement for step in steps for statement in step.split(";\n")):
        cursor.execute(statement, numbers if "%" in statement else None)
