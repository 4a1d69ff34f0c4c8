-- Promise 5 (consents/DESIGN.md): History is not edited.
-- Promise 16 (consents/DESIGN.md): Nobody decides in their own matter.
--
-- Who must agree to a colleague's requests is set by an officer or the company's directory, never by the colleague, on
-- record; nobody is their own manager (a CHECK).

-- Another manager is all that changes, for somebody who works here, and works here too.
CREATE FUNCTION refuse_other_manager() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF to_jsonb(OLD) - 'manager_id' IS DISTINCT FROM to_jsonb(NEW) - 'manager_id' OR NEW.ended_at IS NOT NULL
       OR NOT EXISTS (SELECT FROM people_staffmember AS m WHERE m.user_id = NEW.manager_id AND m.ended_at IS NULL) THEN
        PERFORM portal.refuse('a manager works here, and so does whom they manage', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_staffmember_manager BEFORE UPDATE ON people_staffmember
    FOR EACH ROW WHEN (NEW.manager_id IS DISTINCT FROM OLD.manager_id AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_other_manager();

-- It has its ledger entry, by an officer who is not the colleague, or by the command line.
CREATE FUNCTION require_entry_for_manager() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.user_id::text AND e.event = 'staff.manager_set'
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.details::jsonb ->> 'manager' = NEW.manager_id::text
          AND (e.actor_kind = 'portal'
               OR e.actor <> NEW.user_id::text
                  AND EXISTS (SELECT FROM people_staffmember AS o
                              WHERE o.user_id::text = e.actor AND o.ended_at IS NULL
                                AND o.role IN ('privacy_officer', 'compliance_officer')))
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse(
            'a manager can only be set by an officer who is somebody else, with a ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_staffmember_manager_on_record AFTER UPDATE ON people_staffmember
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.manager_id IS DISTINCT FROM OLD.manager_id AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_manager();
