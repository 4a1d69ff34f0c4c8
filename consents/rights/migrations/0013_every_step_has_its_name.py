"""Which entry a change of a request leaves, in one place: `rights_step`. A wait may end without an answer.

The rule of 0002 and 0006, with the names of the steps apart from it.
"""

from django.db import migrations

STEP = """
CREATE FUNCTION rights_step(old rights_rightsrequest, new rights_rightsrequest) RETURNS text LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT 'rights_request.' || CASE
    WHEN new.state <> old.state AND new.outcome = 'withdrawn_by_requester' THEN 'withdrawn'
    WHEN new.state <> old.state AND new.state = 'answered' THEN 'answered'
    WHEN new.verification_level <> old.verification_level AND new.verification_level = 'failed' THEN 'identity_failed'
    WHEN new.verification_level <> old.verification_level THEN 'identity_confirmed'
    WHEN old.extended_to IS NULL AND new.extended_to IS NOT NULL THEN 'extended'
    WHEN old.waiting_since IS NULL AND new.waiting_since IS NOT NULL THEN 'paused'
    WHEN old.waiting_since IS NOT NULL AND new.waiting_since IS NULL THEN CASE
        WHEN old.waiting_for = 'scope'
             AND rights_customer_tells_now(new.id::text, new.customer_id, 'rights_request.entry_chosen')
            THEN 'entry_chosen'
        WHEN ledger_tells_now(new.id::text, new.customer_id, 'rights_request.unanswered', NULL, '{}')
            THEN 'unanswered'
        ELSE 'resumed' END
    WHEN old.appeal_at IS NULL AND new.appeal_at IS NOT NULL THEN 'appealed'
    WHEN new.appeal_outcome <> old.appeal_outcome THEN 'appeal_decided'
    WHEN old.acknowledged_at IS NULL AND new.acknowledged_at IS NOT NULL THEN 'acknowledged'
    WHEN new.customer_id IS DISTINCT FROM old.customer_id THEN 'matched'
    ELSE '%' END
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
    event := {step};
    IF NOT ledger_tells_now(NEW.id::text, NEW.customer_id, event,
            CASE event WHEN 'rights_request.answered' THEN NEW.outcome
                       WHEN 'rights_request.withdrawn' THEN NEW.outcome
                       WHEN 'rights_request.identity_confirmed' THEN NEW.verification_level
                       WHEN 'rights_request.appeal_decided' THEN NEW.appeal_outcome END, '{{}}')
       OR event = 'rights_request.identity_confirmed' AND NEW.verification_level = 'session_reauth'
          AND NOT rights_customer_tells_now(NEW.id::text, NEW.customer_id, event) THEN
        RAISE EXCEPTION 'each step of a request has its ledger entry: %', event
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
BEFORE = """CASE
        WHEN NEW.state <> OLD.state AND NEW.outcome = 'withdrawn_by_requester' THEN 'rights_request.withdrawn'
        WHEN NEW.state <> OLD.state AND NEW.state = 'answered' THEN 'rights_request.answered'
        WHEN NEW.verification_level <> OLD.verification_level AND NEW.verification_level = 'failed'
            THEN 'rights_request.identity_failed'
        WHEN NEW.verification_level <> OLD.verification_level THEN 'rights_request.identity_confirmed'
        WHEN OLD.extended_to IS NULL AND NEW.extended_to IS NOT NULL THEN 'rights_request.extended'
        WHEN OLD.waiting_since IS NULL AND NEW.waiting_since IS NOT NULL THEN 'rights_request.paused'
        WHEN OLD.waiting_since IS NOT NULL AND NEW.waiting_since IS NULL THEN
            CASE WHEN OLD.waiting_for = 'scope'
                      AND rights_customer_tells_now(NEW.id::text, NEW.customer_id, 'rights_request.entry_chosen')
                 THEN 'rights_request.entry_chosen' ELSE 'rights_request.resumed' END
        WHEN OLD.appeal_at IS NULL AND NEW.appeal_at IS NOT NULL THEN 'rights_request.appealed'
        WHEN NEW.appeal_outcome <> OLD.appeal_outcome THEN 'rights_request.appeal_decided'
        WHEN OLD.acknowledged_at IS NULL AND NEW.acknowledged_at IS NOT NULL THEN 'rights_request.acknowledged'
        WHEN NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN 'rights_request.matched'
        ELSE 'rights_request.%' END"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0012_part_is_what_was_deleted")]
    operations = [
        migrations.RunSQL(
            STEP + RECORD.format(step="rights_step(OLD, NEW)"),
            RECORD.format(step=BEFORE) + "DROP FUNCTION rights_step;",
        )
    ]
