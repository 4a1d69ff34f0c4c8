-- Promise 1 (consents/DESIGN.md): No answer is a no.
-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Who answers by telephone proves with a code from the address on file who they are; a privacy officer records what they
-- say. The code counts for one request, one officer and some minutes; whether it fits is compared here.

-- May this member of staff record what a caller says to this request? Not who asked, nobody who acts or has acted for the
-- customer, and nobody while the customer has locked their access: who found their phone reads the code.
CREATE FUNCTION portal.may_record_answer(member uuid, to_request uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (SELECT FROM access_accessrequest AS r JOIN people_staffmember AS s ON s.user_id = member
               WHERE r.id = to_request AND r.staff_id <> member
                 AND s.role = 'privacy_officer' AND s.ended_at IS NULL
                 AND NOT EXISTS (SELECT FROM people_acting AS a
                                 WHERE a.user_id = member AND a.customer_id = r.customer_id)
                 AND NOT EXISTS (SELECT FROM people_acting AS a JOIN people_user AS u ON u.id = a.user_id
                                 WHERE a.customer_id = r.customer_id AND a.capacity = 'self' AND a.ends_at IS NULL
                                   AND u.locked_at IS NOT NULL))
$$;
GRANT EXECUTE ON FUNCTION portal.may_record_answer TO portal_app;

-- It is sent now, for ten minutes, while its request waits, and is one of five; after it only a wrong try or the proof is
-- added, while it counts.
CREATE FUNCTION refuse_change_of_caller_code() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    tried CONSTANT text[] := ARRAY['tries', 'proof', 'proved_at'];
BEGIN
    IF NOT may_record_answer(NEW.sent_by_id, NEW.access_request_id)
       OR NOT EXISTS (SELECT FROM access_accessrequest AS r
                      WHERE r.id = NEW.access_request_id AND r.state = 'pending' AND r.answer_by > portal.clock()) THEN
        PERFORM portal.refuse(
            'a code is for a request that waits, and for an officer who may record its answer', TG_NAME);
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.sent_at) OR NEW.ends_at > NEW.sent_at + interval '10 minutes'
           OR NEW.tries <> 0 OR NEW.proof IS NOT NULL
           OR (SELECT count(*) FROM access_callercode AS c WHERE c.access_request_id = NEW.access_request_id) >= 5 THEN
            PERFORM portal.refuse('a code must be sent now, count for ten minutes and be one of five', TG_NAME);
        END IF;
    ELSIF to_jsonb(OLD) - tried IS DISTINCT FROM to_jsonb(NEW) - tried
       OR OLD.proof IS NOT NULL OR OLD.tries >= 3 OR portal.clock() >= OLD.ends_at
       OR NEW.tries <> OLD.tries + (NEW.proof IS NULL)::int
       OR NEW.proof IS NOT NULL AND NOT is_now(NEW.proved_at) THEN
        PERFORM portal.refuse('a code is tried three times at most, and proves once, now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_callercode_frozen BEFORE INSERT OR UPDATE ON access_callercode
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_caller_code();

-- It is sent and tried by the officer who has the caller on the line, each on record.
CREATE FUNCTION require_entry_for_caller_code() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.access_request_id::text AND e.customer = NEW.customer_id
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.event = CASE WHEN TG_OP = 'INSERT' THEN 'access_request.caller_code_sent'
                             WHEN NEW.proof IS NULL THEN 'access_request.caller_code_wrong'
                             ELSE 'access_request.caller_proved' END
          AND e.actor_kind = 'staff' AND e.actor = NEW.sent_by_id::text
          AND e.details::jsonb ->> 'caller_code' = NEW.id::text
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('a code is sent and tried with its ledger entry, by its officer', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_callercode_on_record AFTER INSERT OR UPDATE ON access_callercode
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_caller_code();
