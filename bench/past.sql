-- The past of many customers, as the owner with triggers at rest. Ids are computed from numbers, as `build_id` does. The
-- first `readers` customers chose about every purpose and were asked twelve times, all others twice and once.

INSERT INTO people_customer (id, reference, address_hash, sealed_address, country, region, language, created_at)
    SELECT md5('customer' || n)::uuid, 'B-' || n, sha256(convert_to('B-' || n, 'UTF8')),
           sha256(convert_to('sealed' || n, 'UTF8')), 'DE', '', 'en', portal.now() - interval '800 days'
    FROM generate_series(1, %(customers)s::int) AS n;

-- The keys of those whose data is opened are real; they come later.
INSERT INTO people_customerkey (customer_id, kid, wrapped)
    SELECT md5('customer' || n)::uuid, '1', decode(repeat(md5(n::text), 4), 'hex')
    FROM generate_series(%(readers)s::int + 1, %(customers)s::int) AS n;

INSERT INTO people_user (id, password, email, first_name, last_name, is_active)
    SELECT md5('user' || n)::uuid, '!', 'customer' || n || '@example.com', '', '', true
    FROM generate_series(1, %(customers)s::int) AS n;

INSERT INTO people_acting (user_id, customer_id, capacity)
    SELECT md5('user' || n)::uuid, md5('customer' || n)::uuid, 'self'
    FROM generate_series(1, %(customers)s::int) AS n;

-- All chose on one day: yes, no, or no after a yes, in turn.
INSERT INTO choices_choice (id, customer_id, purpose_id, version_id, language, status, since, rest_rule, despite_signal)
    SELECT md5('choice' || n * 100 + v.id)::uuid, md5('customer' || n)::uuid, v.purpose_id, v.id, 'en',
           (ARRAY['ConsentGiven', 'ConsentRefused', 'ConsentWithdrawn'])[1 + (n + v.id) %% 3],
           portal.now() - interval '90 days', '', false
    FROM generate_series(1, %(customers)s::int) AS n
    JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM catalogue_purposeversion) AS v
        ON v.place <= CASE WHEN n <= %(readers)s THEN 100 ELSE 2 END;

-- Long enough ago that no waiting time runs, and apart from each other. Odd ones were allowed, even ones denied.
CREATE TEMP TABLE past AS
    WITH staff AS (
        SELECT user_id, row_number() OVER (ORDER BY number) - 1 AS place, count(*) OVER () AS all_of_them
        FROM people_staffmember WHERE role = 'requester'),
    version AS (
        SELECT v.id, v.purpose_id, p.code, row_number() OVER (ORDER BY v.id) - 1 AS place,
               count(*) OVER () AS all_of_them
        FROM catalogue_purposeversion AS v JOIN catalogue_purpose AS p ON p.id = v.purpose_id)
    SELECT md5('request' || n * 100 + k)::uuid AS id, md5('customer' || n)::uuid AS customer,
           md5('user' || n)::uuid AS person, staff.user_id AS staff, version.id AS version,
           version.purpose_id AS purpose, version.code, k %% 2 = 1 AS allowed,
           portal.now() - interval '400 days' - k * interval '1 day' AS filed_at
    FROM generate_series(1, %(customers)s::int) AS n
    CROSS JOIN generate_series(1, CASE WHEN n <= %(readers)s THEN 12 ELSE 1 END) AS k
    JOIN staff ON staff.place = (n + k) %% staff.all_of_them
    JOIN version ON version.place = (n + k) %% version.all_of_them;

CREATE TEMP TABLE kind AS SELECT id, code FROM catalogue_category WHERE code IN ('contact', 'orders');

INSERT INTO access_accessrequest (id, customer_id, staff_id, asked_name, asked_team, purpose_id, version_id, reason,
        sentence, sensitive_reason, case_number, duration, answer_by, filed_at, digest, token, state, ended_at)
    SELECT id, customer, staff, 'Sam', 'Billing Support', purpose, version, 'you_contacted_us',
           'You wrote to us about an earlier bill.', '', 'C-1', '2 hours', filed_at + interval '7 days', filed_at,
           encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), id,
           CASE WHEN allowed THEN 'approved' ELSE 'denied' END, filed_at + interval '1 hour' FROM past;

INSERT INTO access_requestedcategory (access_request_id, customer_id, category_id)
    SELECT past.id, customer, kind.id FROM past CROSS JOIN kind;

INSERT INTO access_answer
    (access_request_id, customer_id, decision, answered_by_id, capacity, duration, shown_digest, token, answered_at)
    SELECT id, customer, CASE WHEN allowed THEN 'all' ELSE 'none' END, person, 'self', '2 hours',
           encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), id, filed_at + interval '1 hour' FROM past;

INSERT INTO access_grant
    (id, access_request_id, staff_id, customer_id, category_id, purpose_id, starts_at, ends_at, ended_at, "end")
    SELECT md5('grant' || past.id || kind.id)::uuid, past.id, staff, customer, kind.id, purpose,
           filed_at + interval '1 hour', filed_at + interval '3 hours', filed_at + interval '3 hours', 'time'
    FROM past CROSS JOIN kind WHERE allowed;

INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id, opened_at)
    SELECT gen_random_uuid(), 'grant', staff_id, customer_id, category_id, purpose_id, id,
           starts_at + interval '5 minutes' FROM access_grant;

-- One customer in five asked for their data by right; of these a hundred requests are open.
INSERT INTO rights_rightsrequest (id, number, customer_id, regime, jurisdiction, request_type, scope, channel,
        submitted_by, agent_proof, received_at, filed_at, identity_needed, clocks, due_at, answer_by, due_rule,
        due_unit, calendar_id, target_on, state, handler_id)
    SELECT md5('right' || n)::uuid, 'R-' || n, md5('customer' || n)::uuid, 'gdpr', 'DE', 'A15', '[]', 'post', 'self', '',
           at, at, 'reasonable', '{}', at + interval '30 days', at + interval '30 days', 'gdpr:12(3)', 'month', 'IE',
           at::date + 20, CASE WHEN n > 500 THEN 'answered' WHEN n %% 3 = 0 THEN 'received' ELSE 'in_progress' END,
           CASE WHEN n %% 3 <> 0 THEN (SELECT user_id FROM people_staffmember WHERE role = 'privacy_officer' LIMIT 1) END
    FROM generate_series(5, %(customers)s::int, 5) AS n
    CROSS JOIN LATERAL (SELECT portal.now() - n %% 20000 * interval '1 minute' AS at) AS each;

INSERT INTO rights_answer (rights_request_id, customer_id, responded_at, outcome, response_format, retain_until)
    SELECT id, customer_id, received_at + interval '1 hour', 'complied_whole', 'email', received_at::date + 800
    FROM rights_rightsrequest WHERE state = 'answered';

-- The ledger's own function writes the history: its chains are valid.
SELECT count(portal.append_entry(event, customer, 'customer', person::text, object_type, object, purpose, 'portal', NULL,
                                 outcome, details)) FROM (
    SELECT 1 AS part, portal.consent_event(c.status) AS event, customer_id AS customer, a.user_id AS person,
           'choice' AS object_type, c.id::text AS object, p.code AS purpose, c.status AS outcome,
           '{"version":1,"language":"en","notice":"' || w.hash || '","method":"portal button","interface":"",'
           '"explicit":false,"valid_until":null,"capacity":"self"}' AS details
    FROM choices_choice AS c JOIN catalogue_purpose AS p ON p.id = c.purpose_id
    JOIN catalogue_notice AS w ON w.version_id = c.version_id AND w.language = 'en'
    JOIN people_acting AS a USING (customer_id)
    UNION ALL SELECT 2, 'access_request.filed', customer, staff, 'access_request', id::text, code, 'pending', '{}'
    FROM past
    UNION ALL SELECT 3, 'access_request.answered', customer, person, 'access_request', id::text, code,
           CASE WHEN allowed THEN 'approved' ELSE 'denied' END, '{}' FROM past
    ORDER BY customer, part) AS entries
