"""A pause ends with the customer's own answer too: they say which entry they mean, and their entry of it is the record.

The function of 0002 with one way more.
"""

from django.db import migrations

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
    event := CASE
        WHEN NEW.state <> OLD.state AND NEW.outcome = 'withdrawn_by_requester' THEN 'rights_request.withdrawn'
        WHEN NEW.state <> OLD.state AND NEW.state = 'answered' THEN 'rights_request.answered'
        WHEN NEW.verification_level <> OLD.verification_level AND NEW.verification_level = 'failed'
            THEN 'rights_request.identity_failed'
        WHEN NEW.verification_level <> OLD.verification_level THEN 'rights_request.identity_confirmed'
        WHEN OLD.extended_to IS NULL AND NEW.extended_to IS NOT NULL THEN 'rights_request.extended'
        WHEN OLD.waiting_since IS NULL AND NEW.waiting_since IS NOT NULL THEN 'rights_request.paused'
        WHEN OLD.waiting_since IS NOT NULL AND NEW.waiting_since IS NULL THEN {resumed}
        WHEN OLD.appeal_at IS NULL AND NEW.appeal_at IS NOT NULL THEN 'rights_request.appealed'
        WHEN NEW.appeal_outcome <> OLD.appeal_outcome THEN 'rights_request.appeal_decided'
        WHEN OLD.acknowledged_at IS NULL AND NEW.acknowledged_at IS NOT NULL THEN 'rights_request.acknowledged'
        WHEN NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN 'rights_request.matched'
        ELSE 'rights_request.%' END;
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
ALONE = "'rights_request.resumed'"
BY_ANSWER = """
            CASE WHEN OLD.waiting_for = 'scope'
                      AND rights_customer_tells_now(NEW.id::text, NEW.customer_id, 'rights_request.entry_chosen')
                 THEN 'rights_request.entry_chosen' ELSE 'rights_request.resumed' END"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0005_done_is_what_was_done")]
    operations = [migrations.RunSQL(RECORD.format(resumed=BY_ANSWER), RECORD.format(resumed=ALONE))]
