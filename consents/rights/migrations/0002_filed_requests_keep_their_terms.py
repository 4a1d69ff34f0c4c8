"""Terms, checks and moments of a request, below Python: no path leads to an answer past the check of identity (I15).

The owner is not bound by moments and officers (see people): that is how a past is made.
"""

from django.db import migrations

from consents.core.append_only import append_only

TERMS = """
-- How surely it must be known who asks; NULL for a right that this law does not know. The same as rules.kinds.
CREATE FUNCTION rights_identity(of_regime text, of_type text) RETURNS text LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT CASE WHEN of_regime IN ('gdpr', 'uk_gdpr') THEN
    CASE WHEN of_type IN ('A21', 'A7-3') THEN 'not_required'
         WHEN of_type IN ('A15', 'A16', 'A17', 'A18', 'A19', 'A20', 'A22') THEN 'reasonable' END
WHEN of_regime = 'ccpa' THEN
    CASE WHEN of_type IN ('sale:opt_out', 'sale:opt_in', 'limit', 'admt:opt_out') THEN 'not_required'
         WHEN of_type = 'access:specific' THEN 'reasonably_high'
         WHEN of_type IN ('access:categories', 'deletion', 'correction', 'admt:access', 'admt:appeal')
             THEN 'reasonable' END
END $$;

-- The answer needs a look into systems.
CREATE FUNCTION rights_needs_search(of_type text) RETURNS boolean LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT of_type IN ('A15', 'A17', 'A19', 'A20', 'access:categories', 'access:specific', 'deletion', 'admt:access')
$$;

-- No calendar of ours closes for longer at a stretch.
CREATE FUNCTION rights_latest(received timestamptz, unit text, is_extended boolean, waited int) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT (received AT TIME ZONE 'UTC'
    + CASE unit WHEN 'month' THEN make_interval(months => CASE WHEN is_extended THEN 3 ELSE 1 END, days => 14 + waited)
                WHEN 'calendar_day' THEN make_interval(days => CASE WHEN is_extended THEN 91 ELSE 46 END)
                ELSE make_interval(days => 22) END) AT TIME ZONE 'UTC'
$$;
"""

FILING = """
CREATE FUNCTION refuse_filing_of_other_terms() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT is_now(NEW.filed_at) OR NEW.received_at > portal_now()
       OR NEW.channel IN ('portal', 'webform', 'gpc_signal') AND NOT is_now(NEW.received_at) AND NEW.follows_id IS NULL
       OR NEW.follows_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM rights_rightsrequest AS r
           WHERE r.id = NEW.follows_id AND r.appeal_outcome = 'reversed' AND r.appeal_at = NEW.received_at
             AND (r.customer_id, r.request_type) = (NEW.customer_id, NEW.request_type)
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
CREATE TRIGGER rights_rightsrequest_begins BEFORE INSERT ON rights_rightsrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_filing_of_other_terms();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_begins;
CREATE TRIGGER rights_rightsrequest_not_of_erased BEFORE INSERT ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_not_of_erased;
CREATE TRIGGER rights_rightsrequest_found_of_erased BEFORE UPDATE OF customer_id ON rights_rightsrequest
    FOR EACH ROW WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_found_of_erased;
"""

FROZEN = """
CREATE FUNCTION refuse_change_of_rights_request() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    appeals CONSTANT text[] := ARRAY['clocks', 'appeal_at', 'appeal_due_at', 'appeal_outcome', 'appeal_decided_at',
        'appeal_decided_by_id'];
    steps CONSTANT text[] := appeals || ARRAY['customer_id', 'verification_level', 'verification_requested_at',
        'verified_at', 'acknowledged_at', 'due_at', 'target_on', 'extended_to', 'extension_reason',
        'extension_notified_at', 'waiting_since', 'waiting_for', 'waited_days', 'state', 'handler_id',
        'handler_trained_on', 'responded_at', 'outcome', 'response_format', 'denial_reason', 'denial_metric_group',
        'denial_legal_basis', 'remedies_told', 'fee_amount', 'fee_currency', 'retain_until'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a request is kept' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF to_jsonb(OLD) - steps IS DISTINCT FROM to_jsonb(NEW) - steps
       OR OLD.state = 'answered' AND to_jsonb(OLD) - appeals IS DISTINCT FROM to_jsonb(NEW) - appeals
       OR OLD.customer_id IS NOT NULL AND NEW.customer_id IS DISTINCT FROM OLD.customer_id
       OR OLD.acknowledged_at IS NOT NULL AND NEW.acknowledged_at IS DISTINCT FROM OLD.acknowledged_at
       OR OLD.verified_at IS NOT NULL AND (OLD.verification_level, OLD.verified_at)
                                          IS DISTINCT FROM (NEW.verification_level, NEW.verified_at)
       OR OLD.verification_requested_at IS NOT NULL
          AND NEW.verification_requested_at IS DISTINCT FROM OLD.verification_requested_at
       OR OLD.extended_to IS NOT NULL AND (OLD.extension_reason, OLD.extension_notified_at)
                                          IS DISTINCT FROM (NEW.extension_reason, NEW.extension_notified_at)
       OR OLD.appeal_at IS NOT NULL AND (OLD.appeal_at, OLD.appeal_due_at)
                                        IS DISTINCT FROM (NEW.appeal_at, NEW.appeal_due_at)
       OR OLD.appeal_outcome IN ('upheld', 'reversed') AND NEW.appeal_outcome <> OLD.appeal_outcome THEN
        RAISE EXCEPTION 'a request keeps its terms, each step is taken once, and an answer is final'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.clocks -> 'acknowledge' IS DISTINCT FROM OLD.clocks -> 'acknowledge'
       OR NEW.due_at = OLD.due_at AND NEW.waited_days = OLD.waited_days
          AND NEW.clocks -> 'answer' IS DISTINCT FROM OLD.clocks -> 'answer'
       OR NEW.extended_to IS NOT DISTINCT FROM OLD.extended_to AND NEW.waited_days = OLD.waited_days
          AND NEW.clocks -> 'extended' IS DISTINCT FROM OLD.clocks -> 'extended'
       OR NEW.appeal_due_at IS NOT DISTINCT FROM OLD.appeal_due_at
          AND NEW.clocks -> 'appeal' IS DISTINCT FROM OLD.clocks -> 'appeal' THEN
        RAISE EXCEPTION 'what a due day was computed from stays'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_rightsrequest_frozen BEFORE UPDATE OR DELETE ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_rights_request();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_frozen;
REVOKE DELETE ON rights_rightsrequest FROM portal_app;
"""

CLOCKS = """
-- Once, before the first day is over, with its reason; from the receipt. It waits only for the customer.
CREATE FUNCTION refuse_other_clock() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.extended_to IS DISTINCT FROM OLD.extended_to AND OLD.extended_to IS NULL
       AND (NEW.due_unit = 'business_day' OR NOT is_now(NEW.extension_notified_at) OR portal_now() > OLD.due_at
            OR OLD.waiting_since IS NOT NULL
            OR NEW.extended_to > rights_latest(NEW.received_at, NEW.due_unit, true, NEW.waited_days)) THEN
        RAISE EXCEPTION 'an extension is told inside the first period and counted from the receipt'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.waiting_since IS DISTINCT FROM OLD.waiting_since AND NEW.waiting_since IS NOT NULL
       AND (OLD.waiting_since IS NOT NULL OR NOT is_now(NEW.waiting_since)
            OR portal_now() > coalesce(OLD.extended_to, OLD.due_at)) THEN
        RAISE EXCEPTION 'the clock stops now, and not once the answer is late'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF (NEW.due_at, NEW.waited_days) IS DISTINCT FROM (OLD.due_at, OLD.waited_days)
       OR OLD.extended_to IS NOT NULL AND NEW.extended_to IS DISTINCT FROM OLD.extended_to THEN
        IF OLD.waiting_since IS NULL OR NEW.waiting_since IS NOT NULL
           OR NEW.waited_days - OLD.waited_days NOT BETWEEN 0
                  AND 1 + extract(epoch FROM portal_now() - OLD.waiting_since) / 86400
           OR NEW.due_at < OLD.due_at OR NEW.extended_to IS NULL AND OLD.extended_to IS NOT NULL
           OR NEW.due_at > rights_latest(NEW.received_at, NEW.due_unit, false, NEW.waited_days)
           OR NEW.extended_to > rights_latest(NEW.received_at, NEW.due_unit, true, NEW.waited_days) THEN
            RAISE EXCEPTION 'a due day moves by the days that the clock stood still'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_rightsrequest_clock BEFORE UPDATE ON rights_rightsrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_other_clock();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_clock;
"""

STEPS = """
CREATE FUNCTION refuse_step_out_of_turn() RETURNS trigger LANGUAGE plpgsql
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
          AND (NOT is_now(NEW.appeal_at) OR NEW.appeal_outcome <> 'pending')
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
CREATE TRIGGER rights_rightsrequest_steps BEFORE UPDATE ON rights_rightsrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_step_out_of_turn();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_steps;

CREATE FUNCTION refuse_answer_unchecked() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    is_identified CONSTANT boolean := NEW.identity_needed = 'not_required'
        OR NEW.verification_level IN ('session_reauth', 'reasonable', 'reasonably_high')
           AND NEW.customer_id IS NOT NULL;
    is_known CONSTANT boolean := NEW.customer_id IS NOT NULL
        OR NEW.identity_needed = 'not_required' AND NEW.outcome = 'no_data_held';
BEGIN
    IF NEW.outcome IN ('complied_whole', 'complied_part', 'no_data_held') AND NOT (is_identified AND is_known)
       OR NEW.outcome = 'denied' AND NOT is_identified
          AND NEW.denial_reason NOT IN
              ('insuf_verification', 'no_match', 'suspected_fraud', 'outside_jurisdiction') THEN
        RAISE EXCEPTION 'nobody is answered before it is known who asks'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.denial_reason <> ''
       AND (NEW.request_type = 'A7-3'
            OR NEW.request_type IN ('sale:opt_out', 'limit', 'admt:opt_out')
               AND NEW.denial_reason <> 'suspected_fraud') THEN
        RAISE EXCEPTION 'an opt-out is refused for fraud alone, a withdrawal never'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.outcome IN ('complied_whole', 'complied_part', 'no_data_held') AND rights_needs_search(NEW.request_type)
       AND NOT EXISTS (SELECT FROM rights_search AS s WHERE s.request_id = NEW.id) THEN
        RAISE EXCEPTION 'an answer about data follows a search for it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NOT is_now(NEW.responded_at) OR NEW.waiting_since IS NOT NULL
       OR NEW.retain_until < (NEW.responded_at AT TIME ZONE 'UTC' + interval '24 months')::date - 1
       OR NEW.handler_id IS NULL AND NEW.outcome <> 'withdrawn_by_requester'
          AND NOT (NEW.identity_needed = 'not_required' AND NEW.outcome = 'complied_whole') THEN
        RAISE EXCEPTION 'an answer is given now, by an officer, and kept for two years'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_rightsrequest_answer_checked BEFORE INSERT OR UPDATE OF state ON rights_rightsrequest
    FOR EACH ROW WHEN (NEW.state = 'answered' AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_answer_unchecked();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_answer_checked;
"""

RECORD = """
-- An entry of this transaction by somebody who acts for the customer now.
CREATE FUNCTION rights_customer_tells_now(of_object text, of_customer uuid, of_event text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM ledger_entry AS e JOIN people_acting AS a
        ON a.customer_id = of_customer AND a.user_id::text = e.actor
           AND a.starts_at <= portal_now() AND (a.ends_at IS NULL OR a.ends_at > portal_now())
    WHERE e.object = of_object AND e.customer = of_customer AND e.event = of_event
      AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
      AND e.actor_kind IN ('customer', 'representative') AND is_of_this_transaction(e.xmin))
$$;

CREATE FUNCTION refuse_rights_off_record() RETURNS trigger LANGUAGE plpgsql
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
        WHEN OLD.waiting_since IS NOT NULL AND NEW.waiting_since IS NULL THEN 'rights_request.resumed'
        WHEN OLD.appeal_at IS NULL AND NEW.appeal_at IS NOT NULL THEN 'rights_request.appealed'
        WHEN NEW.appeal_outcome <> OLD.appeal_outcome THEN 'rights_request.appeal_decided'
        WHEN OLD.acknowledged_at IS NULL AND NEW.acknowledged_at IS NOT NULL THEN 'rights_request.acknowledged'
        WHEN NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN 'rights_request.matched'
        ELSE 'rights_request.%' END;
    IF NOT ledger_tells_now(NEW.id::text, NEW.customer_id, event,
            CASE event WHEN 'rights_request.answered' THEN NEW.outcome
                       WHEN 'rights_request.withdrawn' THEN NEW.outcome
                       WHEN 'rights_request.identity_confirmed' THEN NEW.verification_level
                       WHEN 'rights_request.appeal_decided' THEN NEW.appeal_outcome END, '{}')
       OR event = 'rights_request.identity_confirmed' AND NEW.verification_level = 'session_reauth'
          AND NOT rights_customer_tells_now(NEW.id::text, NEW.customer_id, event) THEN
        RAISE EXCEPTION 'each step of a request has its ledger entry: %', event
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_rightsrequest_on_record AFTER INSERT OR UPDATE ON rights_rightsrequest
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_rights_off_record();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_on_record;

CREATE FUNCTION refuse_note_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r WHERE r.id = NEW.request_id
          AND CASE TG_TABLE_NAME WHEN 'rights_search' THEN is_now((to_jsonb(NEW) ->> 'searched_at')::timestamptz)
                   ELSE is_now((to_jsonb(NEW) ->> 'told_at')::timestamptz) END
          AND ledger_tells_now(r.id::text, r.customer_id,
                  CASE TG_TABLE_NAME WHEN 'rights_search' THEN 'rights_request.system_searched'
                                     ELSE 'rights_request.recipient_told' END, NULL, '{}')) THEN
        RAISE EXCEPTION 'what is noted on a request has its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_search_on_record AFTER INSERT ON rights_search DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_note_off_record();
ALTER TABLE rights_search ENABLE ALWAYS TRIGGER rights_search_on_record;
CREATE CONSTRAINT TRIGGER rights_told_on_record AFTER INSERT ON rights_told DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_note_off_record();
ALTER TABLE rights_told ENABLE ALWAYS TRIGGER rights_told_on_record;

CREATE FUNCTION refuse_search_after_the_answer() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM rights_rightsrequest AS r WHERE r.id = NEW.request_id AND r.state = 'answered') THEN
        RAISE EXCEPTION 'systems are searched before the answer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_search_before_answer BEFORE INSERT ON rights_search
    FOR EACH ROW EXECUTE FUNCTION refuse_search_after_the_answer();
ALTER TABLE rights_search ENABLE ALWAYS TRIGGER rights_search_before_answer;
"""

WORDS = """
-- They change once, when it is known whose they are: from a key of the request to the customer's own. They go with the
-- customer, or when the record need not be kept any more.
CREATE FUNCTION refuse_change_of_words() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.is_theirs OR NOT NEW.is_theirs OR (OLD.id, OLD.request_id, OLD.kind) IS DISTINCT FROM
                                                 (NEW.id, NEW.request_id, NEW.kind)
           OR NOT EXISTS (SELECT FROM rights_rightsrequest AS r
                          WHERE r.id = NEW.request_id AND r.customer_id IS NOT NULL) THEN
            RAISE EXCEPTION 'words are sealed anew once, for their customer'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r LEFT JOIN people_customer AS c ON c.id = r.customer_id
        WHERE r.id = OLD.request_id AND (c.erased_at IS NOT NULL OR r.retain_until < portal_now()::date)) THEN
        RAISE EXCEPTION 'words go with their customer, or when their time is over'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER rights_words_frozen BEFORE UPDATE OR DELETE ON rights_words
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_words();
ALTER TABLE rights_words ENABLE ALWAYS TRIGGER rights_words_frozen;
"""

BACK = """
DROP TRIGGER rights_words_frozen ON rights_words; DROP FUNCTION refuse_change_of_words;
DROP TRIGGER rights_search_before_answer ON rights_search; DROP FUNCTION refuse_search_after_the_answer;
DROP TRIGGER rights_told_on_record ON rights_told; DROP TRIGGER rights_search_on_record ON rights_search;
DROP FUNCTION refuse_note_off_record;
DROP TRIGGER rights_rightsrequest_on_record ON rights_rightsrequest; DROP FUNCTION refuse_rights_off_record;
DROP FUNCTION rights_customer_tells_now;
DROP TRIGGER rights_rightsrequest_answer_checked ON rights_rightsrequest; DROP FUNCTION refuse_answer_unchecked;
DROP TRIGGER rights_rightsrequest_steps ON rights_rightsrequest; DROP FUNCTION refuse_step_out_of_turn;
DROP TRIGGER rights_rightsrequest_clock ON rights_rightsrequest; DROP FUNCTION refuse_other_clock;
DROP TRIGGER rights_rightsrequest_frozen ON rights_rightsrequest; DROP FUNCTION refuse_change_of_rights_request;
DROP TRIGGER rights_rightsrequest_found_of_erased ON rights_rightsrequest;
DROP TRIGGER rights_rightsrequest_not_of_erased ON rights_rightsrequest;
DROP TRIGGER rights_rightsrequest_begins ON rights_rightsrequest; DROP FUNCTION refuse_filing_of_other_terms;
DROP FUNCTION rights_latest; DROP FUNCTION rights_needs_search; DROP FUNCTION rights_identity;
GRANT DELETE ON rights_rightsrequest TO portal_app;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0001_initial"), ("people", "0010_addresses_are_on_record")]
    operations = [
        migrations.RunSQL(TERMS + FILING + FROZEN + CLOCKS + STEPS + RECORD + WORDS, BACK),
        append_only("rights_search"),
        append_only("rights_told"),
    ]
