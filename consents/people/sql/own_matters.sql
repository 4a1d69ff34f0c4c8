-- Promise 16 (consents/DESIGN.md): Nobody decides in their own matter.
--
-- An officer takes no part in the matter of a customer they act for: their own account, or one they represent. Each room
-- attaches this to its tables that name officers, and to the entries of acts whose rows name none.

-- The arguments name columns: the customer's, then the officers'. An officer is looked at when they are put there, so
-- whoever comes to act for the customer later spoils nothing that was done before. Whoever stops acting for the customer
-- in this very transaction still does. A restoration repeats what was right the first time.
CREATE FUNCTION refuse_own_matter() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    matter CONSTANT jsonb := to_jsonb(NEW);
    earlier CONSTANT jsonb := to_jsonb(OLD);
BEGIN
    IF EXISTS (
        SELECT FROM people_acting AS a
        WHERE a.customer_id = (matter ->> TG_ARGV[0])::uuid
          AND (a.ends_at IS NULL OR a.ends_at >= now() + portal.clock_offset())
          AND a.user_id::text IN (
              SELECT matter ->> officer FROM unnest(TG_ARGV[1:]) AS officer
              WHERE matter ->> officer IS DISTINCT FROM earlier ->> officer))
       AND NOT is_being_restored() THEN
        PERFORM portal.refuse('nobody decides in the matter of a customer they act for', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER people_legalhold_own_matter AFTER INSERT OR UPDATE ON people_legalhold
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'placed_by_id', 'lifted_by_id');
CREATE TRIGGER people_erasure_own_matter AFTER INSERT OR UPDATE ON people_erasure
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'proposed_by_id', 'confirmed_by_id');

-- A customer may cancel the erasure they asked for, and end what a representative does; an officer not in their place.
CREATE TRIGGER people_entry_own_matter AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.actor_kind = 'staff' AND NEW.event IN ('erasure.cancelled', 'acting.ended'))
    EXECUTE FUNCTION refuse_own_matter('customer', 'actor');
