-- Promise 5 (consents/DESIGN.md): History is not edited.
-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
--
-- Officers add what other systems hold to a copy, before its answer. What is left out because it is about other people is
-- left out by two of them.

-- A file comes from a system that was searched for this request, whose answer is a copy and is not given yet.
CREATE FUNCTION refuse_other_file() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.added_at) OR NOT is_officer(NEW.added_by_id, ARRAY['privacy_officer', 'compliance_officer'])
       OR NOT EXISTS (
           SELECT FROM rights_rightsrequest AS r JOIN rights_search AS s ON s.rights_request_id = r.id
           WHERE r.id = NEW.rights_request_id AND r.customer_id = NEW.customer_id AND r.state <> 'answered'
             AND r.request_type IN ('A15', 'A20', 'access:categories', 'access:specific')
             AND s.system = NEW.system) THEN
        PERFORM portal.refuse(
            'a file is added now, by an officer, from a system searched for an open request for a copy', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER copies_addedfile_from_search BEFORE INSERT ON copies_addedfile
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_other_file();

-- It is on record in the name of the officer who added it, and all of it is there: a chunk is sealed with 29 bytes of its own.
CREATE FUNCTION refuse_file_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entry AS e
                   WHERE e.object = NEW.rights_request_id::text AND e.customer = NEW.customer_id
                     AND e.event = 'rights_request.file_added' AND e.outcome = NEW.left_out
                     AND e.actor_kind = 'staff' AND e.actor = NEW.added_by_id::text
                     AND e.details::jsonb @> jsonb_build_object('file', NEW.id)
                     AND e.occurred_at >= now() + portal.clock_offset()
                     AND is_of_this_transaction(e.xmin))
       OR NEW.size <> (SELECT coalesce(sum(octet_length(c.sealed) - 29), 0)
                       FROM copies_filechunk AS c WHERE c.file_id = NEW.id) THEN
        PERFORM portal.refuse('a file is added whole, with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER copies_addedfile_on_record AFTER INSERT ON copies_addedfile DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_file_off_record();

-- Its chunks come with it and never change. They go when it was taken out, or when the package they were sent in has
-- gone; with the customer, with a part of their data, and with the request.
CREATE FUNCTION refuse_change_of_chunk() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM copies_addedfile AS f WHERE f.id = NEW.file_id AND f.customer_id = NEW.customer_id
                     AND is_of_this_transaction(f.xmin)) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM copies_addedfile AS f JOIN people_customer AS c ON c.id = f.customer_id
        WHERE f.id = OLD.file_id
          AND (c.erased_at IS NOT NULL OR rights_is_over(f.rights_request_id)
               OR EXISTS (SELECT FROM copies_filedecision AS d WHERE d.file_id = f.id AND d.outcome = 'taken_out')
               OR EXISTS (SELECT FROM vault_parterasure AS e
                          WHERE e.customer_id = f.customer_id AND e.done_at >= f.added_at)
               OR EXISTS (SELECT FROM copies_package AS p WHERE p.rights_request_id = f.rights_request_id)
                  AND NOT EXISTS (SELECT FROM copies_package AS p
                                  WHERE p.rights_request_id = f.rights_request_id AND p.removed_at IS NULL))) THEN
        RETURN OLD;
    END IF;
    PERFORM portal.refuse('the content of a file comes with it, never changes, and goes with its copy', TG_NAME);
END $$;
CREATE TRIGGER copies_filechunk_kept BEFORE INSERT OR UPDATE OR DELETE ON copies_filechunk
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_chunk();

-- What is left out is agreed to by another officer than the one who added it; either takes a file out again. Both before
-- the answer, on record in their own name.
CREATE FUNCTION refuse_other_decision_on_file() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.decided_at) OR NOT is_officer(NEW.decided_by_id, ARRAY['privacy_officer', 'compliance_officer'])
       OR NOT EXISTS (
           SELECT FROM copies_addedfile AS f JOIN rights_rightsrequest AS r ON r.id = f.rights_request_id
           WHERE f.id = NEW.file_id AND f.customer_id = NEW.customer_id AND r.state <> 'answered'
             AND NOT EXISTS (SELECT FROM copies_filedecision AS d
                             WHERE d.file_id = f.id AND d.outcome = 'taken_out' AND d.id <> NEW.id)
             AND (NEW.outcome = 'taken_out' OR f.left_out <> 'nothing' AND f.added_by_id <> NEW.decided_by_id)
             AND EXISTS (SELECT FROM ledger_entry AS e
                         WHERE e.object = r.id::text AND e.customer = f.customer_id
                           AND e.event = 'rights_request.file_' || NEW.outcome
                           AND e.actor_kind = 'staff' AND e.actor = NEW.decided_by_id::text
                           AND e.details::jsonb @> jsonb_build_object('file', f.id)
                           AND e.occurred_at >= now() + portal.clock_offset()
                           AND is_of_this_transaction(e.xmin))) THEN
        PERFORM portal.refuse(
            'what is left out is agreed to by a second officer, before the answer, and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER copies_filedecision_on_record AFTER INSERT ON copies_filedecision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_other_decision_on_file();

-- Nothing is granted while something waits to be left out: the copy would be made without a second pair of eyes.
CREATE FUNCTION refuse_answer_while_file_waits() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.outcome IN ('complied_whole', 'complied_part') AND EXISTS (
        SELECT FROM copies_addedfile AS f
        WHERE f.rights_request_id = NEW.rights_request_id AND f.left_out <> 'nothing'
          AND NOT EXISTS (SELECT FROM copies_filedecision AS d WHERE d.file_id = f.id)) THEN
        PERFORM portal.refuse('a file of this copy waits for a second officer', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_answer_waits_for_files BEFORE INSERT ON rights_answer
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_answer_while_file_waits();
