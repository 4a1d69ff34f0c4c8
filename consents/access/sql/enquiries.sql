-- Promise 2 (consents/DESIGN.md): What was approved is what was shown.
-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Before answering, whoever acts for the customer may put questions to the requester, one at a time; the requester
-- replies once. Time to answer stands still while a question is open, for two days at most, and moves for nothing else.

-- By how much the questions about a request move its answer-by moment: each by the time it was open, an open one by
-- the most it can be.
CREATE FUNCTION portal.time_for_enquiries(of_request uuid) RETURNS interval LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT coalesce(sum(least(coalesce(e.replied_at - e.sent_at, interval '48 hours'), interval '48 hours')), interval '0')
FROM access_enquiry AS e WHERE e.access_request_id = of_request
$$;
GRANT EXECUTE ON FUNCTION portal.time_for_enquiries TO portal_app;

-- It is sent now, and replied to now and once, while its request waits; five at most.
CREATE FUNCTION refuse_change_of_enquiry() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    reply CONSTANT text[] := ARRAY['sealed_reply', 'replied_at'];
BEGIN
    IF NOT EXISTS (SELECT FROM access_accessrequest AS r
                   WHERE r.id = NEW.access_request_id AND r.state = 'pending' AND r.answer_by > portal.clock()) THEN
        PERFORM portal.refuse('a question belongs to a request that waits', TG_NAME);
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.sent_at) OR NEW.replied_at IS NOT NULL
           OR (SELECT count(*) FROM access_enquiry AS e WHERE e.access_request_id = NEW.access_request_id) >= 5 THEN
            PERFORM portal.refuse('a question must be sent now and open, and be one of five', TG_NAME);
        END IF;
    ELSIF OLD.replied_at IS NOT NULL OR to_jsonb(OLD) - reply IS DISTINCT FROM to_jsonb(NEW) - reply
       OR NEW.replied_at IS NULL OR NOT is_now(NEW.replied_at) THEN
        PERFORM portal.refuse('a question can only be replied to, once, now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_enquiry_frozen BEFORE INSERT OR UPDATE ON access_enquiry
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_enquiry();

-- It is sent by who acts for the customer, replied to by the requester; each on record, and time stood still for it.
CREATE FUNCTION require_entry_for_enquiry() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    told CONSTANT text := CASE TG_OP WHEN 'INSERT' THEN 'access_request.question_sent'
                                     ELSE 'access_request.question_answered' END;
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e JOIN access_accessrequest AS r ON r.id = NEW.access_request_id
        WHERE e.object = r.id::text AND e.customer = NEW.customer_id
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.event = told AND e.details::jsonb ->> 'enquiry' = NEW.id::text
          AND r.extra_time = time_for_enquiries(r.id)
          AND CASE told
              WHEN 'access_request.question_answered' THEN e.actor_kind = 'staff' AND e.actor = r.staff_id::text
              ELSE e.actor_kind IN ('customer', 'representative') AND e.actor = NEW.sent_by_id::text
                  AND EXISTS (SELECT FROM people_acting AS a
                              WHERE a.customer_id = NEW.customer_id AND a.user_id = NEW.sent_by_id
                                AND a.starts_at <= portal.clock() AND (a.ends_at IS NULL OR a.ends_at > portal.clock()))
              END
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse(
            'a question and its reply need their ledger entries, by someone who may write them', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_enquiry_on_record AFTER INSERT OR UPDATE ON access_enquiry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_enquiry();

-- What was filed stays: the answer-by moment moves by exactly what the questions give; a reminder is asked for once.
CREATE FUNCTION refuse_other_time() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.answer_by - OLD.answer_by IS DISTINCT FROM NEW.extra_time - OLD.extra_time
       OR NEW.extra_time IS DISTINCT FROM OLD.extra_time AND NEW.extra_time <> time_for_enquiries(NEW.id)
       OR NEW.remind_at IS DISTINCT FROM OLD.remind_at
          AND (OLD.remind_at IS NOT NULL OR NEW.remind_at <= portal.clock() OR NEW.remind_at >= NEW.answer_by) THEN
        PERFORM portal.refuse('time to answer only moves for a question, a reminder is only asked for once', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_accessrequest_extra_time BEFORE UPDATE ON access_accessrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_other_time();
