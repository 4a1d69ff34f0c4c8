"""Fill the bench's database as a large company's is: in SQL, in bulk, as its owner.

What is measured is reading. So triggers rest meanwhile, links between entries of the ledger have their size and not
their meaning, and indexes are made anew once the rows are there. Ids are computed from numbers (`bench_id`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from consents.core.owner import silence_triggers
from consents.core.signing import load_newest_key
from consents.ledger.checkpoints import TreeHead, sign_checkpoint
from consents.ledger.services.appending import get_log_name
from consents.ops.bench.past import CHOICES, PEOPLE, REQUESTS, TURNS, list_filled_tables, run_statements

BATCH = 100_000  # customers
READERS = 2  # whose pages are asked: of many requests, of many looks
ASKS, ASKS_OF_SEEN, LOOKS_A_GRANT = 200, 50, 200  # half of the second one's were allowed, two grants each: 10,000 looks
USUAL_LOOKS = 1  # under each grant
OPEN_SHARE = 200  # one request in so many is open, of each kind
DAYS = 700  # over which the past is spread
LEAVES_A_RUN = 1000  # of sealing
LEAST_ENTRIES = 14  # of a customer who has chosen, was asked, was looked at and has asked once

# Apart from each other; odd ones were allowed, even ones denied. The last of every 200th customer waits.
PAST = f"""
CREATE TEMP TABLE past AS {TURNS},
    ask AS (
        SELECT n, k, k %% 2 = 1 AS allowed, n > %(readers)s AND n %% %(open_share)s = 0 AS waits
        FROM generate_series(%(first)s::int, %(last)s) AS n CROSS JOIN LATERAL generate_series(1,
            CASE n WHEN 1 THEN %(asks)s::int WHEN 2 THEN %(asks_of_seen)s ELSE 1 END) AS k)
    SELECT bench_id('request', ask.n::bigint * 1000 + k) AS id, bench_id('customer', ask.n) AS customer,
           bench_id('user', ask.n) AS person, staff.user_id AS staff, version.id AS version,
           version.purpose_id AS purpose, version.code, version.hash, allowed AND NOT waits AS allowed, waits,
           CASE WHEN waits THEN portal.now() - ask.n %% 8640 * interval '1 minute'
                ELSE portal.now() - interval '50 days' - (ask.n * 7919::bigint %% (%(days)s - 50) + k)
                     * interval '1 day' - ask.n %% 1440 * interval '1 minute' END AS filed_at
    FROM ask
    JOIN staff ON staff.place = (CASE WHEN waits THEN ask.n / %(open_share)s ELSE ask.n + k END) %% staff.all_of_them
    JOIN version ON version.place = (ask.n + k) %% version.all_of_them
"""
LOOKS = """
CREATE TEMP TABLE look AS
    SELECT md5('look' || past.id || kind.id || k)::uuid AS id, past.id AS request, staff, customer, kind.id AS category,
           kind.code AS kind, purpose, past.code, md5('grant' || past.id || kind.id)::uuid AS granted,
           filed_at + interval '1 hour' + k * interval '30 seconds' AS opened_at
    FROM past CROSS JOIN kind CROSS JOIN LATERAL generate_series(1,
        CASE WHEN customer = bench_id('customer', 2) THEN %(looks)s::int ELSE %(usual_looks)s END) AS k
    WHERE allowed;
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id, opened_at)
    SELECT id, 'grant', staff, customer, category, purpose, granted, opened_at FROM look
"""
RIGHTS = """
INSERT INTO rights_rightsrequest (id, number, customer_id, regime, jurisdiction, request_type, scope, channel,
        submitted_by, agent_proof, received_at, filed_at, identity_needed, clocks, due_at, answer_by, due_rule,
        due_unit, calendar_id, target_on, state, handler_id)
    SELECT bench_id('right', n), 'B-' || n, bench_id('customer', n), 'gdpr', 'DE', 'A15', '["contact", "orders"]',
           'portal', 'self', '', at, at, 'reasonable', '{}', at + interval '30 days', at + interval '30 days',
           'gdpr:12(3)', 'month', 'IE', at::date + 20, CASE WHEN is_open THEN 'in_progress' ELSE 'answered' END,
           officer.user_id
    FROM generate_series(%(first)s::int, %(last)s) AS n
    CROSS JOIN LATERAL (SELECT n > %(readers)s AND n %% %(open_share)s = 0 AS is_open) AS state
    CROSS JOIN LATERAL (SELECT portal.now() - CASE WHEN is_open THEN n %% 28800 * interval '1 minute'
        ELSE interval '40 days' + n * 7907::bigint %% (%(days)s * 24) * interval '1 hour' END AS at) AS each
    JOIN (SELECT user_id, row_number() OVER (ORDER BY number) - 1 AS place
          FROM people_staffmember WHERE role = 'privacy_officer') AS officer ON officer.place = n %% 2;
CREATE TEMP TABLE rights AS
    SELECT r.*, n FROM generate_series(%(first)s::int, %(last)s) AS n
    JOIN rights_rightsrequest AS r ON r.id = bench_id('right', n)
"""
# Of what the table `rights` holds.
RIGHTS_STEPS = """
INSERT INTO rights_assignment (rights_request_id, customer_id, officer_id, assigned_at)
    SELECT id, customer_id, handler_id, filed_at FROM rights;
INSERT INTO rights_acknowledgement (rights_request_id, customer_id, acknowledged_at)
    SELECT id, customer_id, filed_at FROM rights;
INSERT INTO rights_identitycheck (rights_request_id, customer_id, level, checked_at)
    SELECT id, customer_id, 'session_reauth', filed_at + interval '1 minute' FROM rights;
INSERT INTO rights_answer (rights_request_id, customer_id, responded_at, outcome, response_format, denial_reason,
        denial_metric_group, denial_legal_basis, remedies_told, retain_until)
    SELECT id, customer_id, filed_at + n %% 29 * interval '1 day',
           CASE WHEN denied THEN 'denied' ELSE 'complied_whole' END, 'portal_download',
           CASE WHEN denied THEN 'excessive' ELSE '' END, CASE WHEN denied THEN 'other' ELSE '' END,
           CASE WHEN denied THEN 'GDPR Art 12(5)' ELSE '' END, denied, filed_at::date + 800
    FROM rights CROSS JOIN LATERAL (SELECT n %% 10 = 0 AS denied) AS answer WHERE state = 'answered'
"""
EMAILS = """
INSERT INTO notifications_message (id, kind, context, key, queued_at, sent_at, outcome, tries, error, customer_id)
    SELECT id, 'access_request_filed', '{}', 'access_request_filed:' || id, filed_at, filed_at + interval '1 minute',
           'sent', 1, '', customer FROM past
"""
# As its owner: the policy of the vault lets nobody else write.
RECORDS = """
CREATE TEMP TABLE sealed AS
    SELECT md5('record' || n || c.id || k)::uuid AS id, bench_id('customer', n) AS customer, c.id AS category, k,
           jsonb_build_object('name', repeat(md5(n::text), 4), 'phone', repeat(md5(n::text), 4)) AS record
    FROM generate_series(greatest(%(first)s::int, %(readers)s + 1), %(last)s) AS n
    CROSS JOIN catalogue_category AS c CROSS JOIN generate_series(0, 1) AS k WHERE c.code IN ('contact', 'orders');
GRANT SELECT ON sealed TO portal_vault_writer;
SET LOCAL ROLE portal_vault_writer;
INSERT INTO vault_record (id, customer_id, category_id, position, sealed) SELECT * FROM sealed;
RESET ROLE
"""
# What every customer of a company says of themselves besides, so that there are as many entries as are wanted.
ENTRIES = """
INSERT INTO ledger_entry (chain, sequence, occurred_at, event, customer, actor_kind, actor, object_type, object,
        purpose, channel, outcome, details, previous, canonical, hash)
    SELECT customer::text, row_number() OVER (PARTITION BY customer ORDER BY at, part), at, event, customer, actor_kind,
           actor, object_type, object, purpose, 'portal', outcome, details, sha256(convert_to(object, 'UTF8')),
           repeat(md5(object), 18), sha256(convert_to(object || at, 'UTF8'))
    FROM (
        SELECT 1 AS part, (ARRAY['consent.given', 'consent.refused', 'consent.withdrawn'])[answered] AS event,
               bench_id('customer', n) AS customer, 'customer' AS actor_kind, bench_id('user', n)::text AS actor,
               'choice' AS object_type, bench_id('choice', n * 100 + v.id)::text AS object, p.code AS purpose,
               (ARRAY['ConsentGiven', 'ConsentRefused', 'ConsentWithdrawn'])[answered] AS outcome,
               portal.now() - interval '90 days' - n %% %(days)s * interval '1 day' AS at,
               '{"version":1,"language":"en","notice":"' || w.hash || '","method":"portal button","interface":"",'
               '"explicit":false,"valid_until":null,"capacity":"self"}' AS details
        FROM generate_series(%(first)s::int, %(last)s) AS n CROSS JOIN catalogue_purposeversion AS v
        CROSS JOIN LATERAL (SELECT 1 + (n + v.id) %% 3 AS answered) AS choice
        JOIN catalogue_purpose AS p ON p.id = v.purpose_id
        JOIN catalogue_notice AS w ON w.version_id = v.id AND w.language = 'en'
        UNION ALL SELECT 2, 'customer.looked_up', bench_id('customer', n), 'staff',
               (SELECT min(user_id::text) FROM people_staffmember), 'customer',
               bench_id('customer', n)::text, '', '', portal.now() - (n + k * 37) %% %(days)s * interval '1 day', '{}'
        FROM generate_series(%(first)s::int, %(last)s) AS n CROSS JOIN generate_series(1, %(others)s::int) AS k
        UNION ALL SELECT 3, 'access_request.filed', customer, 'staff', staff::text, 'access_request', id::text, code,
               'pending', filed_at, '{"categories":["contact","orders"],"duration_seconds":7200,"version":1,'
               '"reason":"you_contacted_us","digest":"' || encode(sha256(convert_to(id::text, 'UTF8')), 'hex') || '"}'
        FROM past
        UNION ALL SELECT 4, 'access_request.answered', customer, 'customer', person::text, 'access_request', id::text,
               code, CASE WHEN allowed THEN 'approved' ELSE 'denied' END, filed_at + interval '1 hour',
               jsonb_build_object('answered_at', filed_at + interval '1 hour', 'capacity', 'self',
                   'categories', ARRAY['contact', 'orders'], 'duration_seconds', 7200, 'grants', '{}'::jsonb,
                   'interface', '', 'language', 'en', 'method', 'portal button', 'notice', hash, 'version', 1,
                   'digest', encode(sha256(convert_to(id::text, 'UTF8')), 'hex'))::text
        FROM past WHERE NOT waits
        UNION ALL SELECT 5, 'vault.opened', customer, 'staff', staff::text, 'access_request', request::text, code,
               'ok', opened_at, '{"category":"' || kind || '","grant":"' || granted || '","opening":"' || id || '"}'
        FROM look
        UNION ALL SELECT 6, 'rights_request.filed', customer_id, 'customer', bench_id('user', n)::text,
               'rights_request', id::text, '', 'received', filed_at, '{"type":"A15"}' FROM rights
        UNION ALL SELECT 7, 'rights_request.answered', customer_id, 'staff', handler_id::text, 'rights_request',
               id::text, '', 'complied_whole', filed_at + n %% 29 * interval '1 day', '{"type":"A15"}'
        FROM rights WHERE state = 'answered'
    ) AS said ORDER BY at;
INSERT INTO ledger_chainhead (chain, sequence, hash)
    SELECT chain, sequence, hash FROM (
        SELECT chain, sequence, hash, max(sequence) OVER (PARTITION BY chain) AS last
        FROM ledger_entry WHERE id > %(sealed)s) AS e WHERE sequence = last ON CONFLICT DO NOTHING;
INSERT INTO ledger_leaf (leaf_index, entry, hash)
    SELECT %(leaves)s + row_number() OVER (ORDER BY id) - 1, id, hash FROM ledger_entry WHERE id > %(sealed)s;
INSERT INTO ledger_checkpoint (size, root, frontier, note, settled, seen, horizon, made_at)
    SELECT size, sha256(int8send(size)), decode(repeat(md5(size::text), 2 * bit_count(size::bit(64))::int), 'hex'),
           %(note)s, entry, entry, 0, portal.now()
    FROM (SELECT leaf_index + 1 AS size, entry FROM ledger_leaf WHERE leaf_index >= %(leaves)s) AS leaf
    WHERE size %% %(leaves_a_run)s = 0 OR size = (SELECT max(leaf_index) + 1 FROM ledger_leaf);
DROP TABLE past, kind, look, rights, sealed
"""
STEPS = (PEOPLE, CHOICES, PAST, REQUESTS, LOOKS, RIGHTS, RIGHTS_STEPS, EMAILS, RECORDS, ENTRIES)
TABLES = list_filled_tables(STEPS)


def fill_database(
    owner: BaseDatabaseWrapper, first: int, last: int, *, entries_each: int, say: Callable[[str], None]
) -> None:
    """Add the customers `first` to `last` with their past; catalogue, staff and `bench_id` must exist."""
    with rest_indexes(owner, say):
        for begin in range(first, last + 1, BATCH):
            until = min(begin + BATCH - 1, last)
            say(f"Making {until:,} customers with their past …")
            insert_batch(owner, begin, until, entries_each)
    say("Making: statistics of the database …")
    with owner.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


def insert_batch(owner: BaseDatabaseWrapper, first: int, last: int, entries_each: int) -> None:
    with silence_triggers(owner, *TABLES) as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SELECT coalesce(max(entry), 0), count(*) FROM ledger_leaf")
        sealed, leaves = cursor.fetchone()
        note = sign_checkpoint(TreeHead(get_log_name(), 1, bytes(32)), load_newest_key(settings.PORTAL_KEYS))
        numbers = {
            "first": first,
            "last": last,
            "readers": READERS,
            "asks": ASKS,
            "asks_of_seen": ASKS_OF_SEEN,
            "looks": LOOKS_A_GRANT,
            "usual_looks": USUAL_LOOKS,
            "open_share": OPEN_SHARE,
            "days": DAYS,
            "others": max(0, entries_each - LEAST_ENTRIES),
            "sealed": sealed,
            "leaves": leaves,
            "leaves_a_run": LEAVES_A_RUN,
            "note": note,
        }
        run_statements(cursor, STEPS, numbers)


CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype FROM pg_constraint
WHERE conrelid = ANY (%s::regclass[]) AND contype IN ('f', 'u', 'x') ORDER BY contype = 'f'
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY (%s::regclass[]) AND NOT indisprimary
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('u', 'x'))
"""


@contextmanager
def rest_indexes(owner: BaseDatabaseWrapper, say: Callable[[str], None]) -> Iterator[None]:
    """Leave out inside what slows down the insertion of millions, and make it anew afterwards: exactly the same."""
    with owner.cursor() as cursor:
        constraints = list(read_rows(cursor, CONSTRAINTS))
        indexes = list(read_rows(cursor, INDEXES))
        for table, name, _definition, _kind in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        say("Making: indexes …")
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, definition, _kind in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def read_rows(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query, [list(TABLES)])
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
