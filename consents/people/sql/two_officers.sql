-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- What takes two officers begins as the proposal of one and is approved by another, or cancelled, once and now. Each room
-- attaches these to its tables; a CHECK of each holds the two officers apart.

-- The arguments: what is proposed, and the roles of its officers, as an array. An approval still needs the first officer.
CREATE FUNCTION refuse_change_of_proposal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    officers CONSTANT text[] := TG_ARGV[1];
    approving CONSTANT text[] := ARRAY['approved_by_id', 'approved_at'];
    cancelling CONSTANT text[] := ARRAY['cancelled_by_id', 'cancelled_at'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF is_now(NEW.proposed_at) AND NEW.approved_at IS NULL AND NEW.cancelled_at IS NULL
           AND is_officer(NEW.proposed_by_id, officers) THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.approved_at IS NULL AND OLD.cancelled_at IS NULL AND (
        is_now(NEW.approved_at) AND to_jsonb(OLD) - approving = to_jsonb(NEW) - approving
            AND is_officer(NEW.approved_by_id, officers) AND is_officer(NEW.proposed_by_id, officers)
        OR is_now(NEW.cancelled_at) AND to_jsonb(OLD) - cancelling = to_jsonb(NEW) - cancelling
            AND is_officer(NEW.cancelled_by_id, officers)) THEN
        RETURN NEW;
    END IF;
    PERFORM portal.refuse(
        format('%s can only be proposed, and then approved or cancelled, by officers, now', TG_ARGV[0]), TG_NAME);
END $$;

-- Each step has its ledger entry, in the name of the officer who took it. The arguments: what is proposed, the column
-- with the object of its entries, the events of a proposal, an approval and a cancellation, and then, by twos, a detail
-- of the entry with the column that it repeats. A room that gives no event for an approval has its own rule for it.
CREATE FUNCTION require_entry_for_proposal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    proposal CONSTANT jsonb := to_jsonb(NEW);
    step CONSTANT int := CASE WHEN NEW.cancelled_at IS NOT NULL THEN 4 WHEN NEW.approved_at IS NOT NULL THEN 3 ELSE 2 END;
    details CONSTANT jsonb := (
        SELECT coalesce(jsonb_object_agg(TG_ARGV[n], proposal -> TG_ARGV[n + 1]), '{}')
        FROM generate_series(5, TG_NARGS - 2, 2) AS n);
BEGIN
    IF TG_ARGV[step] <> '' AND NOT is_on_record(
        proposal ->> TG_ARGV[1], (proposal ->> 'customer_id')::uuid, TG_ARGV[step], NULL, details,
        coalesce(NEW.cancelled_by_id, NEW.approved_by_id, NEW.proposed_by_id)) THEN
        PERFORM portal.refuse(format('%s can only take a step with its ledger entry', TG_ARGV[0]), TG_NAME);
    END IF;
    RETURN NULL;
END $$;

-- A change of a colleague's rights; its approval is on record as the change itself.
CREATE TRIGGER people_staffproposal_frozen BEFORE INSERT OR UPDATE ON people_staffproposal
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_change_of_proposal('a change of rights', '{privacy_officer,compliance_officer}');
CREATE CONSTRAINT TRIGGER people_staffproposal_on_record AFTER INSERT OR UPDATE ON people_staffproposal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_proposal(
        'a change of rights', 'id', 'staff.change_proposed', '', 'staff.change_cancelled', 'member', 'member_id');
CREATE FUNCTION require_entry_for_staff_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(
        NEW.member_id::text, NULL, CASE NEW.kind WHEN 'role' THEN 'staff.moved' ELSE 'staff.factors_reset' END,
        CASE NEW.kind WHEN 'role' THEN NEW.role ELSE '' END,
        jsonb_build_object('proposal', NEW.id)
            || CASE NEW.kind WHEN 'role' THEN jsonb_build_object('team', NEW.team) ELSE '{}' END,
        NEW.approved_by_id) THEN
        PERFORM portal.refuse('a change of rights can only be approved with the ledger entry of the change', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_staffproposal_approved_on_record AFTER UPDATE ON people_staffproposal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.approved_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_staff_change();
