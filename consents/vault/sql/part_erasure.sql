-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
-- Promise 16 (consents/DESIGN.md): Nobody decides in their own matter.
--
-- Some kinds of a customer's data go, others stay: by two officers, on record, not against a legal hold, for good.
-- What stays is closed to staff by disclosures; which request it was for, rights knows.

CREATE TRIGGER vault_parterasure_frozen BEFORE INSERT OR UPDATE ON vault_parterasure
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_erasure('a partial erasure');

-- No category both goes and stays. A write of records locks the customer's row too: it comes before the erasure, which
-- then sees it, or after it.
CREATE FUNCTION check_partial_erasure() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.done_at IS NOT NULL THEN
        PERFORM FROM people_customer AS c WHERE c.id = NEW.customer_id FOR NO KEY UPDATE;
    END IF;
    IF jsonb_typeof(NEW.deleted) <> 'array' OR jsonb_typeof(NEW.kept) <> 'array'
       OR EXISTS (SELECT FROM jsonb_array_elements_text(NEW.deleted) AS d WHERE NEW.kept ? d) THEN
        PERFORM portal.refuse('in a partial erasure no category both goes and stays', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vault_parterasure_parts BEFORE INSERT OR UPDATE ON vault_parterasure
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_partial_erasure();

-- Each step has its ledger entry. It runs as the owner, who alone may ask what is left.
CREATE FUNCTION require_entry_for_partial_erasure() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    event CONSTANT text := CASE WHEN NEW.done_at IS NOT NULL THEN 'customer.part_erased'
                                WHEN NEW.cancelled_at IS NOT NULL THEN 'part_erasure.cancelled'
                                ELSE 'part_erasure.proposed' END;
    gone CONSTANT bigint[] := ARRAY(SELECT k.id FROM catalogue_category AS k WHERE NEW.deleted ? k.code);
BEGIN
    IF NOT is_on_record(NEW.id::text, NEW.customer_id, event, NULL, jsonb_build_object(
            'request', NEW.request, 'deleted', NEW.deleted, 'kept', NEW.kept, 'law', NEW.law),
            coalesce(NEW.cancelled_by_id, NEW.confirmed_by_id, NEW.proposed_by_id)) THEN
        PERFORM portal.refuse('a partial erasure can only change state with its ledger entry', TG_NAME);
    END IF;
    IF NEW.done_at IS NOT NULL
       AND (NEW.original IS NULL AND EXISTS (SELECT FROM people_legalhold AS h
                                             WHERE h.customer_id = NEW.customer_id AND h.lifted_at IS NULL)
            OR holds_categories(NEW.customer_id, gone)) THEN
        PERFORM portal.refuse('a partial erasure must remove all it names, and respect legal holds', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER vault_parterasure_on_record AFTER INSERT OR UPDATE ON vault_parterasure
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_partial_erasure();

-- No partial erasure for an erased customer.
CREATE TRIGGER vault_parterasure_not_of_erased BEFORE INSERT ON vault_parterasure
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

-- No officer takes part in erasing a part for a customer they act for. A customer may cancel one by taking the request
-- back; an officer not in their place.
CREATE TRIGGER vault_parterasure_own_matter AFTER INSERT OR UPDATE ON vault_parterasure
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'proposed_by_id', 'confirmed_by_id');
CREATE TRIGGER vault_entry_own_matter AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.actor_kind = 'staff' AND NEW.event = 'part_erasure.cancelled')
    EXECUTE FUNCTION refuse_own_matter('customer', 'actor');
