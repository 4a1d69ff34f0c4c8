-- Promise 9 (consents/DESIGN.md): No personal value leaves by the side.
--
-- What is on file is compared blindly with what a caller says; nobody finds it out by trying.
CREATE FUNCTION refuse_comparison_after_three() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM ledger_entry AS e
        WHERE e.customer = NEW.customer AND e.event = 'rights_request.facts_compared' AND e.outcome = 'differs'
          AND e.occurred_at > NEW.occurred_at - interval '1 day') >= 3 THEN
        PERFORM portal.refuse('no fact is compared again after three that differed within a day', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_facts_compared_thrice BEFORE INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.event = 'rights_request.facts_compared')
    EXECUTE FUNCTION refuse_comparison_after_three();
