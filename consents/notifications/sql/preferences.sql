-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Which reminders a customer wants is on record.

-- A preference changes with its ledger entry.
CREATE FUNCTION require_entry_for_preference() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    IF NOT is_on_record(NEW.customer_id::text, NEW.customer_id, 'digests.chosen', NEW.digests, '{}') THEN
        RAISE EXCEPTION 'a customer''s choice about email can only change with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER notifications_preference_on_record AFTER INSERT OR UPDATE ON notifications_preference
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_preference();
ALTER TABLE notifications_preference ENABLE ALWAYS TRIGGER notifications_preference_on_record;

-- A form still under way brings back nothing of an erased customer.
CREATE TRIGGER notifications_preference_not_of_erased BEFORE INSERT OR UPDATE ON notifications_preference
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();
ALTER TABLE notifications_preference ENABLE ALWAYS TRIGGER notifications_preference_not_of_erased;
