-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- How often a customer is told of looks is on record.

-- A setting other than the default comes, and any other change of it, with its ledger entry, by somebody who acts for
-- the customer.
CREATE FUNCTION require_entry_for_look_emails() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(NEW.customer_id::text, NEW.customer_id, 'look_emails.chosen', NEW.how_often, '{}')
       OR NOT customer_tells_now(NEW.customer_id::text, NEW.customer_id, 'look_emails.chosen') THEN
        PERFORM portal.refuse('how often a customer is told of looks can only change with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disclosures_looknews_chosen AFTER INSERT ON disclosures_looknews
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner' AND NEW.how_often <> 'daily')
    EXECUTE FUNCTION require_entry_for_look_emails();
CREATE CONSTRAINT TRIGGER disclosures_looknews_on_record AFTER UPDATE ON disclosures_looknews
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (session_user <> 'portal_owner' AND NEW.how_often IS DISTINCT FROM OLD.how_often)
    EXECUTE FUNCTION require_entry_for_look_emails();

-- A form still under way brings back nothing of an erased customer.
CREATE TRIGGER disclosures_looknews_not_of_erased BEFORE INSERT OR UPDATE ON disclosures_looknews
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();
