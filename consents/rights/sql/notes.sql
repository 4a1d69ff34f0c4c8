-- Promise 5 (consents/DESIGN.md): History is not edited.
-- Promise 9 (consents/DESIGN.md): No personal value leaves by the side.
--
-- An internal note is an officer's, about a request that is worked on; it is never changed. Whoever is mentioned may work
-- on the request too. What a copy leaves out of a note, two officers leave out.

CREATE FUNCTION check_note() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.written_at) OR NOT is_officer(NEW.written_by_id, ARRAY['privacy_officer', 'compliance_officer'])
       OR EXISTS (
           SELECT FROM rights_answer AS a
           WHERE a.rights_request_id = NEW.rights_request_id
             AND NOT EXISTS (SELECT FROM rights_appeal AS p
                             WHERE p.rights_request_id = a.rights_request_id
                               AND NOT EXISTS (SELECT FROM rights_appealdecision AS d
                                               WHERE d.rights_request_id = p.rights_request_id)))
       OR EXISTS (SELECT FROM people_customer AS c WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL) THEN
        PERFORM portal.refuse(
            'a note is written now, by an officer, on a request that is worked on, of a customer who is not erased', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
-- After the customer of the request was copied (rights_note_of_customer).
CREATE TRIGGER rights_note_worked_on BEFORE INSERT ON rights_note FOR EACH ROW EXECUTE FUNCTION check_note();

-- The entry of this transaction in the name of this member of staff, about this row, with this outcome.
CREATE FUNCTION portal.rights_staff_tells_now(of_request uuid, of_event text, of_staff uuid, about jsonb,
                                              of_outcome text DEFAULT '') RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM ledger_entry AS e
    WHERE e.object = of_request::text AND e.event = of_event AND e.actor_kind = 'staff' AND e.actor = of_staff::text
      AND e.details::jsonb @> about AND e.outcome = of_outcome
      AND e.occurred_at >= now() + portal.clock_offset() AND is_of_this_transaction(e.xmin))
$$;
GRANT EXECUTE ON FUNCTION portal.rights_staff_tells_now TO portal_app;

-- The words come with the note, whose entry says who is mentioned.
CREATE FUNCTION refuse_note_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT rights_staff_tells_now(NEW.rights_request_id, 'rights_request.noted', NEW.written_by_id,
               jsonb_build_object('note', NEW.id))
       OR NOT EXISTS (SELECT FROM rights_statement AS s WHERE s.note_id = NEW.id) THEN
        PERFORM portal.refuse('a note has its words and its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_note_on_record AFTER INSERT ON rights_note DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_note_off_record();

CREATE FUNCTION refuse_mention_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.read_at IS NOT NULL OR NOT is_officer(NEW.colleague_id, ARRAY['privacy_officer', 'compliance_officer'])
       OR NOT EXISTS (
           SELECT FROM rights_note AS n
           WHERE n.id = NEW.note_id AND n.rights_request_id = NEW.rights_request_id
             AND rights_staff_tells_now(n.rights_request_id, 'rights_request.noted', n.written_by_id,
                     jsonb_build_object('note', n.id, 'mentioned', jsonb_build_array(NEW.colleague_id)))) THEN
        PERFORM portal.refuse('a note mentions officers, in its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_mention_on_record AFTER INSERT ON rights_mention DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_mention_off_record();

-- A mention changes once: when its colleague reads the notes, on record in their name.
CREATE FUNCTION refuse_change_of_mention() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    was CONSTANT jsonb := to_jsonb(OLD);
    becomes CONSTANT jsonb := to_jsonb(NEW);
BEGIN
    IF NOT rights_is_only_matched(was, becomes)
       AND NOT (was - 'read_at' = becomes - 'read_at' AND OLD.read_at IS NULL AND is_now(NEW.read_at)
                AND rights_staff_tells_now(OLD.rights_request_id, 'rights_request.notes_read', OLD.colleague_id, '{}')) THEN
        PERFORM portal.refuse('a mention is read once, by whom it is for, and on record', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_mention_frozen BEFORE UPDATE ON rights_mention
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_mention();

-- A redaction is proposed by an officer for a note of a known customer, and decided once, by another officer.
CREATE FUNCTION refuse_redaction_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT'
       AND (NOT is_now(NEW.proposed_at) OR NEW.decided_at IS NOT NULL OR NEW.customer_id IS NULL
            OR NOT is_officer(NEW.proposed_by_id, ARRAY['privacy_officer', 'compliance_officer'])
            OR NOT EXISTS (SELECT FROM rights_note AS n
                           WHERE n.id = NEW.note_id AND n.rights_request_id = NEW.rights_request_id)
            OR NOT rights_staff_tells_now(NEW.rights_request_id, 'rights_request.redaction_proposed',
                       NEW.proposed_by_id, jsonb_build_object('redaction', NEW.id)))
       OR TG_OP = 'UPDATE'
       AND (NOT is_now(NEW.decided_at) OR NEW.decided_by_id = NEW.proposed_by_id
            OR NOT is_officer(NEW.decided_by_id, ARRAY['privacy_officer', 'compliance_officer'])
            OR NOT rights_staff_tells_now(NEW.rights_request_id, 'rights_request.redaction_decided',
                       NEW.decided_by_id, jsonb_build_object('redaction', NEW.id),
                       CASE WHEN NEW.is_agreed THEN 'agreed' ELSE 'declined' END)) THEN
        PERFORM portal.refuse(
            'what is left out of a note is proposed by one officer, decided by another, and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_redaction_on_record AFTER INSERT OR UPDATE ON rights_redaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_redaction_off_record();

CREATE FUNCTION refuse_change_of_redaction() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    decision CONSTANT text[] := ARRAY['is_agreed', 'decided_by_id', 'decided_at'];
BEGIN
    IF OLD.decided_at IS NOT NULL OR to_jsonb(OLD) - decision <> to_jsonb(NEW) - decision THEN
        PERFORM portal.refuse('a redaction is decided once, and changes in nothing else', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_redaction_frozen BEFORE UPDATE ON rights_redaction
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_redaction();

-- No copy that holds notes is granted while something waits to be left out of one.
CREATE FUNCTION refuse_answer_while_redaction_waits() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.outcome IN ('complied_whole', 'complied_part') AND EXISTS (
        SELECT FROM rights_rightsrequest AS r JOIN rights_redaction AS d ON d.customer_id = r.customer_id
        WHERE r.id = NEW.rights_request_id AND r.request_type IN ('A15', 'access:specific')
          AND d.decided_at IS NULL) THEN
        PERFORM portal.refuse('a part of a note waits to be left out of this copy', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_answer_waits_for_redaction BEFORE INSERT ON rights_answer
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_answer_while_redaction_waits();
