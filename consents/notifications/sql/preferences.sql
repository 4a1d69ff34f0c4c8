-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Which reminders a customer wants is on record, and how a member of staff is told of work.

-- A preference changes with its ledger entry, by somebody who acts for the customer; a restoration repeats it.
CREATE FUNCTION require_entry_for_preference() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(NEW.customer_id::text, NEW.customer_id, 'digests.chosen', NEW.digests, '{}')
       OR NOT customer_tells_now(NEW.customer_id::text, NEW.customer_id, 'digests.chosen')
          AND NOT is_being_restored() THEN
        PERFORM portal.refuse('a customer''s choice about email can only change with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER notifications_preference_on_record AFTER INSERT OR UPDATE ON notifications_preference
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_preference();

-- A form still under way brings back nothing of an erased customer.
CREATE TRIGGER notifications_preference_not_of_erased BEFORE INSERT OR UPDATE ON notifications_preference
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

-- How a member of staff is told of what waits for them changes with their own ledger entry.
CREATE FUNCTION require_entry_for_staff_preference() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(NEW.member_id::text, NULL, 'staff_emails.chosen', NEW.told, '{}', NEW.member_id) THEN
        PERFORM portal.refuse('how a member of staff is told of work can only change with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER notifications_staffpreference_on_record
    AFTER INSERT OR UPDATE ON notifications_staffpreference
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_staff_preference();
