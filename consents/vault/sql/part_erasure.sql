-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
-- Promise 16 (consents/DESIGN.md): Nobody decides in their own matter.
--
-- Some kinds of a customer's data go, others stay: by two officers, on record, not against a legal hold, for good.
-- What stays is closed to staff by disclosures; which request it was for, rights knows.

-- A partial erasure is proposed, then carried out or cancelled, once, by officers.
CREATE FUNCTION refuse_change_of_partial_erasure() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    officers CONSTANT text[] := ARRAY['privacy_officer', 'compliance_officer'];
    moving CONSTANT text[] := ARRAY['done_at', 'confirmed_by_id', 'cancelled_at', 'cancelled_by_id', 'original'];
BEGIN
    IF NEW.original IS NOT NULL AND NOT is_being_restored() THEN
        PERFORM portal.refuse('a partial erasure can only be repeated in a restoration', TG_NAME);
    END IF;
    -- Who stores records holds this row too: they come before this, and are seen, or after it, and see it.
    IF NEW.done_at IS NOT NULL THEN
        PERFORM FROM people_customer AS c WHERE c.id = NEW.customer_id FOR NO KEY UPDATE;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.original IS NULL AND (NOT is_officer(NEW.proposed_by_id, officers) OR NOT is_now(NEW.proposed_at)
                                     OR NEW.done_at IS NOT NULL OR NEW.cancelled_at IS NOT NULL)
           OR jsonb_typeof(NEW.deleted) <> 'array' OR jsonb_typeof(NEW.kept) <> 'array'
           OR EXISTS (SELECT FROM jsonb_array_elements_text(NEW.deleted) AS d WHERE NEW.kept ? d) THEN
            PERFORM portal.refuse(
                'a partial erasure must be proposed now, by an officer, and no category both go and stay', TG_NAME);
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving
       OR OLD.done_at IS NOT NULL OR OLD.cancelled_at IS NOT NULL
       OR NOT is_now(coalesce(NEW.done_at, NEW.cancelled_at))
       OR NEW.done_at IS NOT NULL AND NOT is_officer(NEW.confirmed_by_id, officers)
       OR NEW.cancelled_at IS NOT NULL AND NOT is_being_restored()
          AND NOT is_officer(NEW.cancelled_by_id, officers)
          AND NOT EXISTS (SELECT FROM people_acting AS a
                          WHERE a.customer_id = NEW.customer_id AND a.user_id = NEW.cancelled_by_id
                            AND a.starts_at <= portal.clock() AND (a.ends_at IS NULL OR a.ends_at > portal.clock())) THEN
        PERFORM portal.refuse(
            'a partial erasure can only be confirmed or cancelled once, now, by an officer who may', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vault_parterasure_frozen BEFORE INSERT OR UPDATE ON vault_parterasure
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_partial_erasure();

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
