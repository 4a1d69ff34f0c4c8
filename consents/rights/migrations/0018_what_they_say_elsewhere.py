"""What somebody says by post or telephone is put on record by an officer: that they take a request back, or ask to look
at an answer again, with the day and the way it came. Nobody else says so for them.

The functions of 0002, 0013 and 0016, each with one way more; strangers can be answered anew too. The owner of the
database is not bound (see people/0002), but for `mark_is_for_staff`.
"""

from django.db import migrations

NOTED = """
CREATE FUNCTION rights_officer_notes_now(of_object text, of_event text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM ledger_entry AS e
    WHERE e.object = of_object AND e.event = of_event AND e.actor_kind = 'staff' AND pg_input_is_valid(e.actor, 'uuid')
      AND is_officer(e.actor::uuid, ARRAY['privacy_officer', 'compliance_officer'])
      AND e.details::jsonb ->> 'channel' IN ('email', 'phone', 'post', 'in_person', 'agent', 'drop')
      AND pg_input_is_valid(e.details::jsonb ->> 'said_on', 'date')
      AND e.occurred_at >= now() + (portal_now() - statement_timestamp()) AND is_of_this_transaction(e.xmin))
$$;
"""
RECORD = """
CREATE OR REPLACE FUNCTION refuse_rights_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    event text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT ledger_tells_now(NEW.id::text, NEW.customer_id, 'rights_request.filed', NEW.state,
                jsonb_build_object('type', NEW.request_type, 'regime', NEW.regime, 'channel', NEW.channel))
           OR NEW.channel = 'portal' AND NEW.follows_id IS NULL
              AND NOT rights_customer_tells_now(NEW.id::text, NEW.customer_id, 'rights_request.filed') THEN
            RAISE EXCEPTION 'a request is filed with its ledger entry'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NULL;
    END IF;
    event := rights_step(OLD, NEW);
    IF NOT ledger_tells_now(NEW.id::text, NEW.customer_id, event,
            CASE event WHEN 'rights_request.answered' THEN NEW.outcome
                       WHEN 'rights_request.withdrawn' THEN NEW.outcome
                       WHEN 'rights_request.identity_confirmed' THEN NEW.verification_level
                       WHEN 'rights_request.appeal_decided' THEN NEW.appeal_outcome END, '{{}}')
       OR event = 'rights_request.identity_confirmed' AND NEW.verification_level = 'session_reauth'
          AND NOT rights_customer_tells_now(NEW.id::text, NEW.customer_id, event){by_whom} THEN
        RAISE EXCEPTION 'each step of a request has its ledger entry: %', event
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
# Asked for here it is asked now; what came elsewhere may have come before.
BY_WHOM = """
       OR event IN ('rights_request.withdrawn', 'rights_request.appealed')
          AND NOT rights_officer_notes_now(NEW.id::text, event)
          AND NOT (rights_customer_tells_now(NEW.id::text, NEW.customer_id, event)
                   AND (event = 'rights_request.withdrawn'
                        OR NEW.appeal_at >= now() + (portal_now() - statement_timestamp()) - interval '1 minute'))"""

STEPS = """
CREATE OR REPLACE FUNCTION refuse_step_out_of_turn() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    officers CONSTANT text[] := ARRAY['privacy_officer', 'compliance_officer'];
    states CONSTANT text[] := ARRAY['received', 'acknowledged', 'in_progress', 'answered'];
BEGIN
    IF array_position(states, NEW.state::text) < array_position(states, OLD.state::text)
       OR NEW.acknowledged_at IS DISTINCT FROM OLD.acknowledged_at AND NOT is_now(NEW.acknowledged_at)
       OR NEW.verification_requested_at IS DISTINCT FROM OLD.verification_requested_at
          AND NOT is_now(NEW.verification_requested_at)
       OR NEW.appeal_at IS DISTINCT FROM OLD.appeal_at
          AND ({untimely} OR NEW.appeal_outcome <> 'pending')
       OR NEW.appeal_decided_at IS DISTINCT FROM OLD.appeal_decided_at
          AND (OLD.appeal_outcome <> 'pending' OR NOT is_now(NEW.appeal_decided_at)
               OR NOT is_officer(NEW.appeal_decided_by_id, officers)) THEN
        RAISE EXCEPTION 'a request moves on, now' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.handler_id IS DISTINCT FROM OLD.handler_id AND NOT is_officer(NEW.handler_id, officers) THEN
        RAISE EXCEPTION 'officers handle requests' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.verification_level IS DISTINCT FROM OLD.verification_level
       AND NOT (CASE NEW.verification_level
                WHEN 'failed' THEN NEW.handler_id IS NOT NULL AND NEW.identity_needed <> 'not_required'
                WHEN 'session_reauth' THEN NEW.channel = 'portal' AND is_now(NEW.verified_at)
                WHEN 'reasonable' THEN NEW.handler_id IS NOT NULL AND is_now(NEW.verified_at)
                                       AND NEW.identity_needed = 'reasonable'
                WHEN 'reasonably_high' THEN NEW.handler_id IS NOT NULL AND is_now(NEW.verified_at)
                ELSE false END) THEN
        RAISE EXCEPTION 'identity is checked now, to the level that the right asks'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
"""
UNTIMELY = "NOT NEW.appeal_at BETWEEN NEW.responded_at AND portal_now()"
NOT_NOW = "NOT is_now(NEW.appeal_at)"

FILING = """
CREATE OR REPLACE FUNCTION refuse_filing_of_other_terms() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT is_now(NEW.filed_at) OR NEW.received_at > portal_now()
       OR NEW.channel IN ('portal', 'webform', 'gpc_signal') AND NOT is_now(NEW.received_at) AND NEW.follows_id IS NULL
       OR NEW.follows_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM rights_rightsrequest AS r
           WHERE r.id = NEW.follows_id AND r.appeal_outcome = 'reversed' AND r.appeal_at = NEW.received_at
             AND (r.customer_id, r.request_type) {same} (NEW.customer_id, NEW.request_type)
             AND NOT EXISTS (SELECT FROM rights_rightsrequest AS f WHERE f.follows_id = r.id))
       OR EXISTS (SELECT FROM people_customer AS c
                  WHERE c.id = NEW.customer_id AND NEW.received_at < c.created_at) THEN
        RAISE EXCEPTION 'a request arrives after its customer does, and not in the future'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.identity_needed IS DISTINCT FROM rights_identity(NEW.regime, NEW.request_type)
       OR NEW.due_at > rights_latest(NEW.received_at, NEW.due_unit, false, 0)
       OR NEW.regime = 'ccpa' AND NEW.due_unit = 'month' THEN
        RAISE EXCEPTION 'a request has the terms of its law'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NOT (CASE NEW.identity_needed WHEN 'not_required' THEN NEW.verification_level = 'not_required'
            ELSE NEW.verification_level = ''
                 OR NEW.verification_level = 'session_reauth' AND NEW.channel = 'portal'
                    AND is_now(NEW.verified_at) END)
       OR NOT (NEW.state IN ('received', 'acknowledged')
               OR NEW.state = 'answered' AND NEW.identity_needed = 'not_required' AND NEW.customer_id IS NOT NULL
                  AND NEW.outcome = 'complied_whole' AND is_now(NEW.responded_at))
       OR (NEW.state = 'acknowledged') <> (NEW.acknowledged_at IS NOT NULL)
       OR NEW.acknowledged_at IS NOT NULL AND NOT is_now(NEW.acknowledged_at)
       OR num_nonnulls(NEW.verification_requested_at, NEW.extended_to, NEW.waiting_since, NEW.handler_id,
                       NEW.appeal_at) > 0 OR NEW.waited_days <> 0 THEN
        RAISE EXCEPTION 'a request begins at its beginning'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
"""

FOR_STAFF = """
CREATE OR REPLACE FUNCTION mark_is_for_staff(mark choices_mark) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT mark.kind = 'restriction'
    OR mark.kind = 'objection'
       AND EXISTS (SELECT FROM rights_rightsrequest AS r WHERE r.id = mark.request AND ({ended}
            OR r.outcome = 'complied_part'
               AND NOT EXISTS (SELECT FROM catalogue_purpose AS p
                               WHERE p.id = mark.purpose_id AND r.granted ? p.code)))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0017_a_sale_is_allowed_by_its_customer")]
    operations = [
        migrations.RunSQL(
            NOTED + RECORD.format(by_whom=BY_WHOM),
            RECORD.format(by_whom="") + "DROP FUNCTION rights_officer_notes_now;",
        ),
        migrations.RunSQL(STEPS.format(untimely=UNTIMELY), STEPS.format(untimely=NOT_NOW)),
        migrations.RunSQL(FILING.format(same="IS NOT DISTINCT FROM"), FILING.format(same="=")),
        migrations.RunSQL(
            FOR_STAFF.format(ended="r.outcome IN ('denied', 'withdrawn_by_requester')"),
            FOR_STAFF.format(ended="r.outcome = 'denied'"),
        ),
    ]
