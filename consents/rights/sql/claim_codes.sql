-- Promise 1 (consents/DESIGN.md): No answer is a no.
--
-- Two officers let somebody act for a customer. Neither of them then answers what that person asks for, or writes what
-- that person says is right. (Who erases a kind of data refuses what was proposed for it, whoever they are.)
CREATE FUNCTION refuse_answer_to_their_own_code() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM people_claimcode AS c
               WHERE c.customer_id = NEW.customer AND c.approved_at IS NOT NULL
                 AND NEW.actor IN (c.proposed_by_id::text, c.approved_by_id::text)) THEN
        PERFORM portal.refuse('an officer cannot answer a customer whose claim code they stand for', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_answer_by_another_officer BEFORE INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.event IN ('rights_request.answered', 'rights_request.appeal_decided')
                       OR NEW.event = 'rights_request.value_decided' AND NEW.outcome = 'accepted')
    EXECUTE FUNCTION refuse_answer_to_their_own_code();
