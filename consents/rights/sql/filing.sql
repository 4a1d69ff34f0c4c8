-- Promise 2 (consents/DESIGN.md): What was approved is what was shown.
--
-- A filed request keeps its terms.

-- How surely it must be known who asks, as in consents/law/kinds.py; NULL for a right that this law does not know.
CREATE FUNCTION portal.rights_identity(of_regime text, of_type text) RETURNS text LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, portal, public, pg_temp
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
GRANT EXECUTE ON FUNCTION portal.rights_identity TO portal_app;

-- The latest moment that a request may be due: the law's own time, and two weeks for the days on which a calendar is
-- closed. No calendar of ours closes for longer at a stretch. Of what is counted in days the last one ends an hour later
-- where clocks go back meanwhile.
CREATE FUNCTION portal.rights_latest(received timestamptz, unit text, is_extended boolean, waited int)
    RETURNS timestamptz LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT (received AT TIME ZONE 'UTC'
    + CASE unit WHEN 'month' THEN make_interval(months => CASE WHEN is_extended THEN 3 ELSE 1 END, days => 14 + waited)
                WHEN 'calendar_day' THEN make_interval(days => CASE WHEN is_extended THEN 91 ELSE 46 END, hours => 1)
                ELSE make_interval(days => 22, hours => 1) END) AT TIME ZONE 'UTC'
$$;
GRANT EXECUTE ON FUNCTION portal.rights_latest TO portal_app;

CREATE FUNCTION refuse_filing_of_other_terms() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.filed_at) OR NEW.received_at > portal.clock()
       OR NEW.channel IN ('portal', 'webform', 'gpc_signal') AND NOT is_now(NEW.received_at) AND NEW.follows_id IS NULL
       OR NEW.follows_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM rights_rightsrequest AS r
           JOIN rights_appeal AS p ON p.rights_request_id = r.id
           JOIN rights_appealdecision AS d ON d.rights_request_id = r.id
           WHERE r.id = NEW.follows_id AND d.outcome = 'reversed' AND p.appealed_at = NEW.received_at
             AND (r.customer_id, r.request_type) IS NOT DISTINCT FROM (NEW.customer_id, NEW.request_type)
             AND NOT EXISTS (SELECT FROM rights_rightsrequest AS f WHERE f.follows_id = r.id))
       OR EXISTS (SELECT FROM people_customer AS c
                  WHERE c.id = NEW.customer_id AND NEW.received_at < c.created_at) THEN
        PERFORM portal.refuse('a request must not arrive in the future or before its customer is on file', TG_NAME);
    END IF;
    IF NEW.identity_needed IS DISTINCT FROM rights_identity(NEW.regime, NEW.request_type)
       OR NEW.due_at > rights_latest(NEW.received_at, NEW.due_unit, false, 0)
       OR NEW.regime = 'ccpa' AND NEW.due_unit = 'month' THEN
        PERFORM portal.refuse('a request must have the terms of its law', TG_NAME);
    END IF;
    IF NEW.state <> 'received' OR NEW.handler_id IS NOT NULL OR NEW.answer_by <> NEW.due_at
       OR NEW.waiting_since IS NOT NULL THEN
        PERFORM portal.refuse('a new request must have no progress recorded', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_rightsrequest_begins BEFORE INSERT ON rights_rightsrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_filing_of_other_terms();

-- A filed request is matched once, before its answer, and takes on the law chosen then (law_choice.sql); the proof of an
-- agent goes with its customer. Nothing else changes but what follows from the steps.
CREATE FUNCTION refuse_change_of_rights_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    changing text[] := ARRAY['customer_id', 'agent_proof', 'state', 'handler_id', 'answer_by', 'waiting_since'];
BEGIN
    IF NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN
        changing := changing || ARRAY['regime', 'jurisdiction', 'request_type', 'identity_needed', 'clocks',
            'acknowledge_by', 'due_at', 'due_rule', 'due_unit', 'calendar_id', 'target_on'];
    END IF;
    IF to_jsonb(OLD) - changing IS DISTINCT FROM to_jsonb(NEW) - changing
       OR (OLD.customer_id IS NOT NULL OR OLD.state = 'answered') AND NEW.customer_id IS DISTINCT FROM OLD.customer_id
       OR NEW.agent_proof <> OLD.agent_proof
          AND NOT (OLD.agent_proof <> '' AND NEW.agent_proof = 'erased'
                   AND EXISTS (SELECT FROM people_customer AS c
                               WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL)) THEN
        PERFORM portal.refuse('a filed request never changes', TG_NAME);
    END IF;
    IF (NEW.state, NEW.handler_id, NEW.answer_by, NEW.waiting_since)
       IS DISTINCT FROM (OLD.state, OLD.handler_id, OLD.answer_by, OLD.waiting_since)
       AND NOT EXISTS (
           SELECT FROM rights_derive(NEW.id) AS d
           WHERE (d.state, d.handler_id, d.answer_by, d.waiting_since)
               IS NOT DISTINCT FROM (NEW.state::text, NEW.handler_id, NEW.answer_by, NEW.waiting_since)) THEN
        PERFORM portal.refuse('the progress of a request must follow from its steps', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_rightsrequest_frozen BEFORE UPDATE ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_rights_request();

-- No request for an erased customer, and none is matched to one.
CREATE TRIGGER rights_rightsrequest_not_of_erased BEFORE INSERT ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

CREATE TRIGGER rights_rightsrequest_found_of_erased BEFORE UPDATE OF customer_id ON rights_rightsrequest
    FOR EACH ROW WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION refuse_for_erased_customer();

-- Statements change once, when it is known whose they are: from a key of the request to the customer's own. Before, they
-- are only sealed anew, under the key that follows from a newer index key. They go with the customer, or when the record
-- no longer need be kept.
CREATE FUNCTION refuse_change_of_statement() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF portal.rights_is_only_matched(to_jsonb(OLD), to_jsonb(NEW)) THEN
            RETURN NEW;
        END IF;
        IF NOT OLD.is_theirs AND to_jsonb(OLD) - 'sealed' = to_jsonb(NEW) - 'sealed' THEN
            RETURN NEW;
        END IF;
        IF OLD.is_theirs OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
           OR (OLD.id, OLD.rights_request_id, OLD.kind, OLD.clarification_id, OLD.note_id) IS DISTINCT FROM
              (NEW.id, NEW.rights_request_id, NEW.kind, NEW.clarification_id, NEW.note_id)
           OR NOT EXISTS (SELECT FROM rights_rightsrequest AS r
                          WHERE r.id = NEW.rights_request_id AND r.customer_id IS NOT NULL) THEN
            PERFORM portal.refuse('a statement is sealed again once, for its customer', TG_NAME);
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r LEFT JOIN people_customer AS c ON c.id = r.customer_id
        LEFT JOIN rights_answer AS a ON a.rights_request_id = r.id
        WHERE r.id = OLD.rights_request_id AND (c.erased_at IS NOT NULL OR a.retain_until < portal.clock()::date
               OR OLD.kind IN ('asked', 'question', 'reply', 'note') AND r.request_type IN ('A16', 'correction') AND r.scope <> '[]'
                  AND EXISTS (SELECT FROM vault_parterasure AS e
                              WHERE e.customer_id = r.customer_id AND e.done_at IS NOT NULL
                                AND e.deleted @> r.scope))) THEN
        PERFORM portal.refuse('a statement is kept until its customer is erased or its retention is over', TG_NAME);
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER rights_statement_frozen BEFORE UPDATE OR DELETE ON rights_statement
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_statement();

-- A stranger's words are sealed anew on record.
CREATE FUNCTION require_entry_for_resealed_words() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record('words', NULL, 'strangers_words.resealed', NULL, '{}') THEN
        PERFORM portal.refuse('a stranger''s words can only be sealed anew with their ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rights_statement_resealed AFTER UPDATE ON rights_statement
    FOR EACH ROW WHEN (NOT NEW.is_theirs AND NEW.sealed <> OLD.sealed AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_resealed_words();
