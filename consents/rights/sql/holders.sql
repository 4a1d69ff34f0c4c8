-- Promise 1 (consents/DESIGN.md): No answer is a no.
--
-- What changes a shared account or takes its data away is done once every holder whose yes it needs has agreed.

CREATE FUNCTION portal.rights_has_every_yes(of_request uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT NOT EXISTS (
    SELECT FROM rights_rightsrequest AS r
    WHERE r.id = of_request AND r.customer_id IS NOT NULL
      AND r.request_type IN ('A15', 'A16', 'A17', 'A20', 'access:specific', 'correction', 'deletion')
      AND NOT has_every_yes(r.customer_id, 'rights_request', r.id::text, ''))
$$;
GRANT EXECUTE ON FUNCTION portal.rights_has_every_yes TO portal_app;

-- No answer that grants it, no value that is corrected, no part that is deleted. A restoration repeats what they agreed to.
CREATE FUNCTION refuse_without_every_holder() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT rights_has_every_yes((to_jsonb(NEW) ->> TG_ARGV[0])::uuid) AND NOT is_being_restored() THEN
        PERFORM portal.refuse('what changes a shared account needs the yes of every holder', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_answer_of_every_holder BEFORE INSERT ON rights_answer
    FOR EACH ROW WHEN (NEW.outcome IN ('complied_whole', 'complied_part') AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_without_every_holder('rights_request_id');
CREATE TRIGGER rights_correction_of_every_holder BEFORE INSERT ON rights_correction
    FOR EACH ROW WHEN (NEW.is_accepted AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_without_every_holder('rights_request_id');
CREATE TRIGGER rights_parterasure_of_every_holder BEFORE INSERT OR UPDATE ON vault_parterasure
    FOR EACH ROW WHEN (NEW.cancelled_at IS NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_without_every_holder('request');

-- Nor is the customer erased because one holder alone has asked for it.
CREATE FUNCTION refuse_erasure_of_one_holder() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM rights_rightsrequest AS r
               WHERE r.customer_id = NEW.customer_id AND r.request_type IN ('A17', 'deletion')
                 AND r.state <> 'answered')
       AND NOT EXISTS (SELECT FROM rights_rightsrequest AS r
                       WHERE r.customer_id = NEW.customer_id AND r.request_type IN ('A17', 'deletion')
                         AND r.state <> 'answered' AND rights_has_every_yes(r.id))
       AND NOT is_being_restored() THEN
        PERFORM portal.refuse('nobody is erased because one holder of a shared account has asked for it', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_erasure_of_every_holder BEFORE INSERT OR UPDATE ON people_erasure
    FOR EACH ROW WHEN (NEW.reason = 'requested' AND NEW.done_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_erasure_of_one_holder();
