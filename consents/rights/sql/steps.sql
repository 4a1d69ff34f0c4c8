-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Each step is on record, by someone who may take it.

-- An entry of this transaction by an officer who says when and how the customer said it.
CREATE FUNCTION portal.rights_officer_notes_now(of_object text, of_event text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM ledger_entry AS e
    WHERE e.object = of_object AND e.event = of_event AND e.actor_kind = 'staff' AND pg_input_is_valid(e.actor, 'uuid')
      AND is_officer(e.actor::uuid, ARRAY['privacy_officer', 'compliance_officer'])
      AND e.details::jsonb ->> 'channel' IN ('email', 'phone', 'post', 'in_person', 'agent', 'drop')
      AND pg_input_is_valid(e.details::jsonb ->> 'said_on', 'date')
      AND e.occurred_at >= now() + portal.clock_offset() AND is_of_this_transaction(e.xmin))
$$;
GRANT EXECUTE ON FUNCTION portal.rights_officer_notes_now TO portal_app;

CREATE FUNCTION portal.rights_is_verified(of_request uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (SELECT FROM rights_identitycheck AS v WHERE v.rights_request_id = of_request AND v.level <> 'failed')
$$;
GRANT EXECUTE ON FUNCTION portal.rights_is_verified TO portal_app;

-- Who made a request here, signed in; of one that begins again after an appeal, who appealed, if that was here, too.
CREATE FUNCTION portal.rights_requester(of_request uuid) RETURNS text LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
WITH RECURSIVE asked AS (
    SELECT r.id, r.follows_id FROM rights_rightsrequest AS r WHERE r.id = of_request
    UNION
    SELECT r.id, r.follows_id FROM asked JOIN rights_rightsrequest AS r ON r.id = asked.follows_id)
SELECT e.actor FROM asked JOIN ledger_entry AS e ON e.object = asked.id::text
WHERE e.event IN ('rights_request.filed', 'rights_request.appealed') AND e.actor_kind IN ('customer', 'representative')
ORDER BY e.id DESC LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION portal.rights_requester TO portal_app;

-- It is their identity that is in doubt (GDPR Art 12(6)): they alone confirm it, and nobody else who acts for the
-- customer.
CREATE FUNCTION portal.rights_requester_confirms(of_request text, of_customer uuid) RETURNS boolean
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT customer_tells_now(of_request, of_customer, 'rights_request.identity_confirmed')
    AND EXISTS (SELECT FROM ledger_entry AS e
                WHERE e.object = of_request AND e.event = 'rights_request.identity_confirmed'
                  AND e.actor = rights_requester(of_request::uuid))
$$;
GRANT EXECUTE ON FUNCTION portal.rights_requester_confirms TO portal_app;

-- An answer ends the work on a request.
CREATE FUNCTION refuse_step_after_answer() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM rights_answer AS a WHERE a.rights_request_id = NEW.rights_request_id) THEN
        PERFORM portal.refuse('a request is worked on before its answer', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_acknowledgement_before_answer BEFORE INSERT ON rights_acknowledgement
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();
CREATE TRIGGER rights_assignment_before_answer BEFORE INSERT ON rights_assignment
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();
CREATE TRIGGER rights_clarification_before_answer BEFORE INSERT ON rights_clarification
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();
CREATE TRIGGER rights_clarificationreply_before_answer BEFORE INSERT ON rights_clarificationreply
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();
CREATE TRIGGER rights_deadlineextension_before_answer BEFORE INSERT ON rights_deadlineextension
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();
CREATE TRIGGER rights_identitycheck_before_answer BEFORE INSERT ON rights_identitycheck
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();
CREATE TRIGGER rights_lawchoice_before_answer BEFORE INSERT ON rights_lawchoice
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();
CREATE TRIGGER rights_pause_before_answer BEFORE INSERT ON rights_pause
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();
CREATE TRIGGER rights_pauseend_before_answer BEFORE INSERT ON rights_pauseend
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();
CREATE TRIGGER rights_search_before_answer BEFORE INSERT ON rights_search
    FOR EACH ROW EXECUTE FUNCTION refuse_step_after_answer();

CREATE FUNCTION check_assignment() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.assigned_at) OR NOT is_officer(NEW.officer_id, ARRAY['privacy_officer', 'compliance_officer']) THEN
        PERFORM portal.refuse('only officers handle requests', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_assignment_checked BEFORE INSERT ON rights_assignment
    FOR EACH ROW EXECUTE FUNCTION check_assignment();

CREATE FUNCTION check_identity() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        WHERE r.id = NEW.rights_request_id AND is_now(NEW.checked_at) AND NOT rights_is_verified(r.id)
          AND (NEW.level = 'failed' OR r.customer_id IS NOT NULL)
          AND CASE NEW.level
              WHEN 'failed' THEN r.handler_id IS NOT NULL AND r.identity_needed <> 'not_required'
              WHEN 'session_reauth' THEN r.channel = 'portal'
              WHEN 'reasonable' THEN r.handler_id IS NOT NULL
                                     AND (r.identity_needed = 'reasonable'
                                          OR r.request_type = 'access:specific' AND r.channel <> 'portal')
              ELSE r.handler_id IS NOT NULL END) THEN
        PERFORM portal.refuse('identity is checked once, now, to the level that the right needs', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_identitycheck_checked BEFORE INSERT ON rights_identitycheck
    FOR EACH ROW EXECUTE FUNCTION check_identity();

-- Once, before the first time is over, with its reason; counted from the receipt.
CREATE FUNCTION check_extension() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_register AS r
        WHERE r.id = NEW.rights_request_id AND is_now(NEW.notified_at) AND NEW.notified_at <= r.due_at
          AND NEW.extended_to > r.due_at AND r.due_unit <> 'business_day' AND r.waiting_since IS NULL
          AND NEW.extended_to <= rights_latest(r.received_at, r.due_unit, true, r.waited_days)) THEN
        PERFORM portal.refuse('an extension must be told within the first time and counted from the receipt', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_deadlineextension_checked BEFORE INSERT ON rights_deadlineextension
    FOR EACH ROW EXECUTE FUNCTION check_extension();

-- The clock waits only for the customer, and not once the answer is late.
CREATE FUNCTION check_pause() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        WHERE r.id = NEW.rights_request_id AND is_now(NEW.began_at) AND r.waiting_since IS NULL
          AND portal.clock() <= r.answer_by AND r.due_unit = 'month') THEN
        PERFORM portal.refuse('a clock pauses now, and not once the answer is late', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_pause_checked BEFORE INSERT ON rights_pause FOR EACH ROW EXECUTE FUNCTION check_pause();

CREATE FUNCTION check_pause_end() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_register AS r JOIN rights_pause AS p ON p.id = NEW.pause_id AND p.rights_request_id = r.id
        WHERE r.id = NEW.rights_request_id AND is_now(NEW.ended_at) AND p.began_at = r.waiting_since
          AND NEW.waited_days - r.waited_days BETWEEN 0
                  AND 1 + extract(epoch FROM portal.clock() - r.waiting_since) / 86400
          AND NEW.due_at >= r.due_at AND (NEW.extended_to IS NULL) = (r.extended_to IS NULL)
          AND NEW.due_at <= rights_latest(r.received_at, r.due_unit, false, NEW.waited_days)
          AND coalesce(NEW.extended_to <= rights_latest(r.received_at, r.due_unit, true, NEW.waited_days), true)) THEN
        PERFORM portal.refuse('a due day moves by the days that the clock was paused', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_pauseend_checked BEFORE INSERT ON rights_pauseend FOR EACH ROW EXECUTE FUNCTION check_pause_end();

CREATE FUNCTION check_answer_dispatch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_answer AS a JOIN rights_rightsrequest AS r ON r.id = a.rights_request_id
        WHERE r.id = NEW.rights_request_id AND a.response_format IN ('email', 'post', 'oral')
          AND NEW.sent_on BETWEEN (r.received_at AT TIME ZONE 'UTC')::date - 1
              AND (portal.clock() AT TIME ZONE 'UTC')::date + 1
          AND is_officer(NEW.sent_by_id, ARRAY['privacy_officer', 'compliance_officer'])) THEN
        PERFORM portal.refuse('an officer notes the day on which an answer was sent that no page carries', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_answerdispatch_checked BEFORE INSERT ON rights_answerdispatch
    FOR EACH ROW EXECUTE FUNCTION check_answer_dispatch();

CREATE FUNCTION check_appeal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_answer AS a
        WHERE a.rights_request_id = NEW.rights_request_id AND NEW.appealed_at BETWEEN a.responded_at AND portal.clock()
          AND a.outcome IN ('denied', 'complied_part', 'no_data_held')) THEN
        PERFORM portal.refuse('an appeal follows an answer that did not grant everything', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_appeal_checked BEFORE INSERT ON rights_appeal FOR EACH ROW EXECUTE FUNCTION check_appeal();

CREATE FUNCTION check_appeal_decision() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r JOIN rights_appeal AS p ON p.rights_request_id = r.id
        WHERE r.id = NEW.rights_request_id AND is_now(NEW.decided_at) AND NEW.decided_by_id IS DISTINCT FROM r.handler_id
          AND is_officer(NEW.decided_by_id, ARRAY['privacy_officer', 'compliance_officer'])) THEN
        PERFORM portal.refuse('an appeal is decided now, by an officer who did not give the answer', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_appealdecision_checked BEFORE INSERT ON rights_appealdecision
    FOR EACH ROW EXECUTE FUNCTION check_appeal_decision();

CREATE FUNCTION refuse_rights_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT'
       AND (NOT EXISTS (
                SELECT FROM unnest(ARRAY['received', 'acknowledged', 'answered']) AS said
                WHERE is_on_record(NEW.id::text, NEW.customer_id, 'rights_request.filed', said,
                          jsonb_build_object('type', NEW.request_type, 'regime', NEW.regime, 'channel', NEW.channel))
                  AND (said <> 'acknowledged'
                       OR EXISTS (SELECT FROM rights_acknowledgement AS k WHERE k.rights_request_id = NEW.id))
                  AND (said <> 'answered'
                       OR EXISTS (SELECT FROM rights_answer AS a WHERE a.rights_request_id = NEW.id)))
            OR NEW.channel = 'portal' AND NEW.follows_id IS NULL
               AND NOT customer_tells_now(NEW.id::text, NEW.customer_id, 'rights_request.filed'))
       OR TG_OP = 'UPDATE' AND NOT is_on_record(NEW.id::text, NEW.customer_id, 'rights_request.%', NULL, '{}') THEN
        PERFORM portal.refuse('a request is filed and matched with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_rightsrequest_on_record AFTER INSERT OR UPDATE ON rights_rightsrequest
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_rights_off_record();

-- The clock waits for the reply to a question that was sent, and for nothing else.
CREATE FUNCTION portal.rights_is_question_sent(of_request text, subject text, moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (SELECT FROM rights_clarification AS c
               WHERE c.rights_request_id::text = of_request AND c.about = subject AND c.asked_at = moment)
$$;
GRANT EXECUTE ON FUNCTION portal.rights_is_question_sent TO portal_app;

-- A reply is the customer's, or of somebody with the code of the question, or as an officer notes; the clock that waited
-- for it goes on.
CREATE FUNCTION portal.rights_is_reply_told(of_request text, of_customer uuid, step jsonb) RETURNS boolean LANGUAGE sql
    VOLATILE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM rights_clarification AS c JOIN ledger_entry AS e ON e.object = of_request
        AND e.customer IS NOT DISTINCT FROM of_customer
        AND e.event IN ('rights_request.clarified', 'rights_request.resumed') AND e.outcome = step ->> 'way'
        AND e.details::jsonb @> jsonb_build_object('clarification', c.id)
    WHERE c.id = (step ->> 'clarification_id')::bigint AND c.rights_request_id::text = of_request
      AND is_now((step ->> 'replied_at')::timestamptz)
      AND e.occurred_at >= now() + portal.clock_offset() AND is_of_this_transaction(e.xmin)
      AND CASE step ->> 'way'
          WHEN 'account' THEN customer_tells_now(of_request, of_customer, 'rights_request.clarified')
          WHEN 'code' THEN c.code_hash IS NOT NULL AND e.actor_kind <> 'staff'
          ELSE e.actor_kind = 'staff' AND pg_input_is_valid(e.actor, 'uuid')
               AND is_officer(e.actor::uuid, ARRAY['privacy_officer', 'compliance_officer']) END
      AND NOT EXISTS (SELECT FROM rights_pause AS p
                      WHERE p.rights_request_id = c.rights_request_id AND p.began_at = c.asked_at
                        AND NOT EXISTS (SELECT FROM rights_pauseend AS n WHERE n.pause_id = p.id)))
$$;
GRANT EXECUTE ON FUNCTION portal.rights_is_reply_told TO portal_app;

-- The entry of this transaction that tells of a step.
CREATE FUNCTION portal.rights_is_step_told(of_table text, step jsonb) RETURNS boolean LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
DECLARE
    id CONSTANT text := step ->> 'rights_request_id';
    customer CONSTANT uuid := step ->> 'customer_id';
    officers CONSTANT text[] := ARRAY['privacy_officer', 'compliance_officer'];
BEGIN
    RETURN CASE of_table
    -- Whoever acts on a request works on it from then on; where an entry hands it to somebody, they do.
    WHEN 'rights_assignment' THEN
        CASE WHEN is_on_record(id, customer, 'rights_request.assigned', NULL, '{}')
        THEN is_on_record(id, customer, 'rights_request.assigned', NULL,
                          jsonb_build_object('officer', step ->> 'officer_id'))
        ELSE is_on_record(id, customer, 'rights_request.%', NULL, '{}', (step ->> 'officer_id')::uuid) END
    WHEN 'rights_acknowledgement' THEN
        is_now((step ->> 'acknowledged_at')::timestamptz)
        AND (is_on_record(id, customer, 'rights_request.acknowledged', NULL, '{}')
             OR is_on_record(id, customer, 'rights_request.filed', 'acknowledged', '{}'))
    WHEN 'rights_identitycheck' THEN
        CASE step ->> 'level'
        WHEN 'failed' THEN is_on_record(id, customer, 'rights_request.identity_failed', NULL, '{}')
        WHEN 'session_reauth' THEN rights_requester_confirms(id, customer)
                                   OR customer_tells_now(id, customer, 'rights_request.filed')
        ELSE is_on_record(id, customer, 'rights_request.identity_confirmed', step ->> 'level', '{}') END
    WHEN 'rights_deadlineextension' THEN is_on_record(id, customer, 'rights_request.extended', NULL, '{}')
    WHEN 'rights_pause' THEN
        is_on_record(id, customer, 'rights_request.paused', NULL, '{}')
        AND rights_is_question_sent(id, step ->> 'waiting_for', (step ->> 'began_at')::timestamptz)
    WHEN 'rights_clarification' THEN
        is_now((step ->> 'asked_at')::timestamptz) AND is_officer((step ->> 'asked_by_id')::uuid, officers)
        AND (is_on_record(id, customer, 'rights_request.asked', step ->> 'about',
                jsonb_build_object('clarification', (step ->> 'id')::bigint), (step ->> 'asked_by_id')::uuid)
             OR is_on_record(id, customer, 'rights_request.paused', step ->> 'about',
                jsonb_build_object('clarification', (step ->> 'id')::bigint), (step ->> 'asked_by_id')::uuid))
    WHEN 'rights_clarificationreply' THEN rights_is_reply_told(id, customer, step)
    WHEN 'rights_pauseend' THEN
        is_on_record(id, customer, 'rights_request.resumed', NULL, '{}')
        OR is_on_record(id, customer, 'rights_request.unanswered', NULL, '{}')
        OR is_on_record(id, customer, 'rights_request.law_chosen', NULL, '{}')
        OR is_on_record(id, customer, 'rights_request.clarified', NULL, '{}')
        OR CASE (SELECT p.waiting_for FROM rights_pause AS p WHERE p.id = (step ->> 'pause_id')::bigint)
           WHEN 'identity' THEN is_on_record(id, customer, 'rights_request.identity_%', NULL, '{}')
           ELSE customer_tells_now(id, customer, 'rights_request.entry_chosen') END
    WHEN 'rights_lawchoice' THEN
        EXISTS (SELECT FROM rights_rightsrequest AS r
                WHERE r.id::text = step ->> 'rights_request_id' AND r.customer_id IS NOT NULL
                  AND is_on_record(r.id::text, r.customer_id, 'rights_request.law_chosen', NULL,
                          jsonb_build_object('regime', step ->> 'regime', 'jurisdiction', step ->> 'jurisdiction',
                              'type', step ->> 'request_type', 'reason', step ->> 'reason'),
                          (step ->> 'chosen_by_id')::uuid))
    WHEN 'rights_search' THEN
        is_now((step ->> 'searched_at')::timestamptz) AND is_officer((step ->> 'searched_by_id')::uuid, officers)
        AND is_on_record(id, customer, 'rights_request.system_searched', NULL, '{}', (step ->> 'searched_by_id')::uuid)
    WHEN 'rights_recipientnotice' THEN
        is_now((step ->> 'told_at')::timestamptz) AND is_officer((step ->> 'told_by_id')::uuid, officers)
        AND is_on_record(id, customer, 'rights_request.recipient_told', NULL, '{}', (step ->> 'told_by_id')::uuid)
    WHEN 'rights_answer' THEN
        CASE step ->> 'outcome'
        WHEN 'withdrawn_by_requester' THEN
            is_on_record(id, customer, 'rights_request.withdrawn', 'withdrawn_by_requester', '{}')
            AND (rights_officer_notes_now(id, 'rights_request.withdrawn')
                 OR customer_tells_now(id, customer, 'rights_request.withdrawn'))
        ELSE is_on_record(id, customer, 'rights_request.answered', step ->> 'outcome', '{}')
             OR is_on_record(id, customer, 'rights_request.filed', 'answered', '{}') END
    WHEN 'rights_answerdispatch' THEN
        is_now((step ->> 'noted_at')::timestamptz)
        AND is_on_record(id, customer, 'rights_request.answer_sent', NULL,
                jsonb_build_object('sent_on', step ->> 'sent_on'), (step ->> 'sent_by_id')::uuid)
    WHEN 'rights_appeal' THEN
        is_on_record(id, customer, 'rights_request.appealed', NULL, '{}')
        AND (rights_officer_notes_now(id, 'rights_request.appealed')
             OR customer_tells_now(id, customer, 'rights_request.appealed')
                AND (step ->> 'appealed_at')::timestamptz
                    >= now() + portal.clock_offset() - interval '1 minute')
    WHEN 'rights_appealdecision' THEN
        is_on_record(id, customer, 'rights_request.appeal_decided', step ->> 'outcome', '{}',
                (step ->> 'decided_by_id')::uuid)
    ELSE false END;
END $$;
GRANT EXECUTE ON FUNCTION portal.rights_is_step_told TO portal_app;

CREATE FUNCTION refuse_step_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    -- is_on_record: asked by the function for each kind of step.
    IF NOT rights_is_step_told(TG_TABLE_NAME, to_jsonb(NEW)) THEN
        PERFORM portal.refuse('each step of a request has its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_acknowledgement_on_record AFTER INSERT ON rights_acknowledgement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_answer_on_record AFTER INSERT ON rights_answer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_answerdispatch_on_record AFTER INSERT ON rights_answerdispatch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_appeal_on_record AFTER INSERT ON rights_appeal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_appealdecision_on_record AFTER INSERT ON rights_appealdecision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_assignment_on_record AFTER INSERT ON rights_assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_clarification_on_record AFTER INSERT ON rights_clarification
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_clarificationreply_on_record AFTER INSERT ON rights_clarificationreply
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_deadlineextension_on_record AFTER INSERT ON rights_deadlineextension
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_identitycheck_on_record AFTER INSERT ON rights_identitycheck
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_lawchoice_on_record AFTER INSERT ON rights_lawchoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_pause_on_record AFTER INSERT ON rights_pause
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_pauseend_on_record AFTER INSERT ON rights_pauseend
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_recipientnotice_on_record AFTER INSERT ON rights_recipientnotice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();
CREATE CONSTRAINT TRIGGER rights_search_on_record AFTER INSERT ON rights_search
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_step_off_record();

CREATE FUNCTION refuse_missed_deadline_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_register AS r
        WHERE r.id = NEW.rights_request_id AND r.waiting_since IS NULL AND NEW.due_at = r.answer_by
          AND coalesce(r.responded_at, portal.clock()) > NEW.due_at AND is_now(NEW.noted_at)
          AND r.outcome <> 'withdrawn_by_requester'
          AND is_on_record(r.id::text, r.customer_id, 'rights_request.late', NULL, '{}')) THEN
        PERFORM portal.refuse('a deadline is missed once its day has passed, and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_misseddeadline_on_record AFTER INSERT ON rights_misseddeadline DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_missed_deadline_off_record();

CREATE FUNCTION refuse_chosen_entry_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        WHERE r.id = NEW.rights_request_id AND r.request_type IN ('A16', 'correction') AND r.state <> 'answered'
          AND is_now(NEW.chosen_at)
          AND customer_tells_now(r.id::text, r.customer_id, 'rights_request.entry_chosen')) THEN
        PERFORM portal.refuse('an entry is chosen by its customer, and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_chosenentry_on_record AFTER INSERT ON rights_chosenentry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_chosen_entry_off_record();
