-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- A sign that staff went round a customer is found once and decided once. Its case is these two entries, and the index is
-- how they are found.
CREATE UNIQUE INDEX exemptions_alert_once ON ledger_entry (object, event) WHERE object_type = 'bypass_alert';

-- So is a note that a member of staff knows a customer: noted once, lifted at most once.
CREATE UNIQUE INDEX exemptions_conflict_once ON ledger_entry (object, event) WHERE object_type = 'conflict';

-- A case is its entries and nothing else, and nobody can take an entry back. So each is checked when it is appended: who
-- may write it, that it is complete, and, if it closes a case, that there is this case. A compliance officer notes, lifts
-- and decides, never about themselves.
CREATE FUNCTION refuse_other_case_entry() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    told CONSTANT jsonb := NEW.details::jsonb;
    began CONSTANT ledger_entry := (
        SELECT e FROM ledger_entry AS e
        WHERE e.object_type = NEW.object_type AND e.object = NEW.object AND e.event IN ('bypass.found', 'conflict.noted'));
    is_decider CONSTANT boolean := NEW.actor_kind = 'staff' AND pg_input_is_valid(NEW.actor, 'uuid')
        AND is_officer(NEW.actor::uuid, ARRAY['compliance_officer']);
    is_about_actor CONSTANT boolean := coalesce(began.details::jsonb ->> 'staff' = NEW.actor, false);
BEGIN
    IF NOT pg_input_is_valid(NEW.object, 'uuid') OR is_about_actor OR NOT coalesce(CASE NEW.event
        WHEN 'bypass.found' THEN
            NEW.actor_kind = 'portal' AND pg_input_is_valid(told ->> 'staff', 'uuid')
            AND told ->> 'happened_at' ~ '^\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d\d\d\d\d\d)?\+00:00$'
            AND pg_input_is_valid(told ->> 'happened_at', 'timestamptz')
            AND pg_input_is_valid(coalesce(told ->> 'about', NEW.object), 'uuid')
            AND NEW.outcome IN ('in_their_place', 'address_changed', 'own_account', 'one_case', 'conflict', 'outside_hours')
        WHEN 'bypass.decided' THEN
            is_decider AND began.event = 'bypass.found' AND NEW.outcome IN ('in_order', 'put_right', 'breach')
        WHEN 'conflict.noted' THEN
            is_decider AND NEW.customer IS NOT NULL AND pg_input_is_valid(coalesce(told ->> 'staff', NEW.object), 'uuid')
            AND NEW.outcome IN ('colleague', 'relative', 'neighbour', 'oneself')
        WHEN 'conflict.lifted' THEN
            is_decider AND (began.event, began.customer, began.outcome) = ('conflict.noted', NEW.customer, NEW.outcome)
        END, false) THEN
        PERFORM portal.refuse(
            'a case is found by the portal, noted and decided by a compliance officer whom it is not about', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER exemptions_entry_tells_case AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.object_type IN ('bypass_alert', 'conflict') AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_other_case_entry();
