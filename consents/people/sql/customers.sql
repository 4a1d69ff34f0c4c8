-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- What is known of a customer changes only on record.

-- When a record was made stays: whom a breach concerned, and since when a request can have arrived, rest on it.
CREATE FUNCTION refuse_change_of_record_date() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('when a record was made cannot be changed', TG_NAME);
END $$;
CREATE TRIGGER people_customer_date_frozen BEFORE UPDATE ON people_customer
    FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM OLD.created_at AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_change_of_record_date();

-- Nor was one made tomorrow: whoever claimed it would be told of no breach, and could ask for nothing by right.
CREATE TRIGGER people_customer_not_of_the_future BEFORE INSERT ON people_customer
    FOR EACH ROW WHEN (NEW.created_at > portal.clock() + interval '1 minute' AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_change_of_record_date();

-- The company's number of a customer is only unlinked, by an erasure.
CREATE FUNCTION refuse_change_of_reference() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('a customer''s number can only be removed, by an erasure', TG_NAME);
END $$;
CREATE TRIGGER people_customer_reference_frozen BEFORE UPDATE ON people_customer
    FOR EACH ROW WHEN (NEW.reference IS DISTINCT FROM OLD.reference AND NEW.erased_at IS NULL
                       AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_change_of_reference();

-- An address on file changes with its ledger entry. It comes from the customer (`customer.address_changed`,
-- `record.claimed`) or from the company's list (`customers.imported`), or it stays and is hashed once more with a newer
-- index key, whose number its hash begins with (`keyed_hashes.rekeyed`). It is taken off only by an erasure, or from a
-- record without a number when its person claims another: the entry on that other record names the one that was left.
-- So does an erasure that is repeated in a restoration, for records its people have left since the backup.
CREATE FUNCTION require_entry_for_address() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.occurred_at >= now() + portal.clock_offset()
          AND CASE
              WHEN NEW.address_hash IS NULL THEN
                  NEW.reference IS NULL
                  AND (e.event = 'record.claimed' AND e.details::jsonb @> jsonb_build_object('left', NEW.id)
                       OR e.event IN ('customer.erased', 'account.closed')
                       AND e.details::jsonb @> jsonb_build_object('left', jsonb_build_array(NEW.id)))
              WHEN e.event = 'customers.imported' THEN
                  e.object = 'list' AND e.customer IS NULL AND NEW.reference IS NOT NULL
              WHEN e.event = 'keyed_hashes.rekeyed' THEN
                  e.object = 'addresses' AND get_byte(NEW.address_hash, 0) > get_byte(OLD.address_hash, 0)
              ELSE
                  e.event IN ('customer.address_changed', 'record.claimed')
                  AND e.object = NEW.id::text AND e.customer = NEW.id END
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('an address on file can only change with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_customer_address_on_record AFTER UPDATE ON people_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((NEW.address_hash, NEW.sealed_address) IS DISTINCT FROM (OLD.address_hash, OLD.sealed_address)
          AND NEW.erased_at IS NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_address();

-- Birth date and country come from the company's list alone: on them rests whether a guardian answers for a child. So
-- does whose yes a shared account needs: no holder loosens alone what their contract says.
-- The language is also the customer's own to choose, and the time zone theirs alone.
CREATE FUNCTION require_entry_for_facts() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    is_chosen_alone CONSTANT boolean :=
        (NEW.country, NEW.region, NEW.born_on, NEW.yes_of)
            IS NOT DISTINCT FROM (OLD.country, OLD.region, OLD.born_on, OLD.yes_of);
BEGIN
    IF NOT (is_on_record('list', NULL, 'customers.imported', NULL, '{}') AND NEW.reference IS NOT NULL
            OR is_chosen_alone
               AND (NEW.language IS NOT DISTINCT FROM OLD.language
                    OR customer_tells_now(NEW.id::text, NEW.id, 'customer.language_chosen')))
       OR NEW.time_zone IS DISTINCT FROM OLD.time_zone
          AND NOT customer_tells_now(NEW.id::text, NEW.id, 'customer.time_zone_chosen') THEN
        PERFORM portal.refuse('a customer''s record can only change with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_customer_facts_on_record AFTER UPDATE ON people_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((NEW.country IS DISTINCT FROM OLD.country OR NEW.region IS DISTINCT FROM OLD.region
           OR NEW.language IS DISTINCT FROM OLD.language OR NEW.born_on IS DISTINCT FROM OLD.born_on
           OR NEW.time_zone IS DISTINCT FROM OLD.time_zone OR NEW.yes_of IS DISTINCT FROM OLD.yes_of)
          AND NEW.erased_at IS NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_facts();

-- A claim code begins as a proposal; it is then approved, printed and used, each once, in this order, or cancelled.
CREATE FUNCTION refuse_change_of_claim_code() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    approving CONSTANT text[] := ARRAY['approved_by_id', 'approved_at', 'ends_at'];
    using_it CONSTANT text[] := ARRAY['used_by_id', 'used_at'];
    cancelling CONSTANT text[] := ARRAY['cancelled_by_id', 'cancelled_at'];
    officers CONSTANT text[] := ARRAY['privacy_officer', 'compliance_officer'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.proposed_at) OR NEW.approved_at IS NOT NULL OR NEW.cancelled_at IS NOT NULL
           OR NOT is_officer(NEW.proposed_by_id, officers) THEN
            PERFORM portal.refuse('a claim code must begin as a proposal of an officer, now', TG_NAME);
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.cancelled_at IS NULL AND OLD.used_at IS NULL AND (
        OLD.approved_at IS NULL AND is_now(NEW.approved_at) AND to_jsonb(OLD) - approving = to_jsonb(NEW) - approving
            AND is_officer(NEW.approved_by_id, officers) AND NEW.ends_at <= NEW.approved_at + interval '336 hours'
        OR OLD.code_hash IS NULL AND NEW.code_hash IS NOT NULL
            AND to_jsonb(OLD) - 'code_hash' = to_jsonb(NEW) - 'code_hash'
        OR OLD.code_hash IS NOT NULL AND is_now(NEW.used_at) AND NEW.used_at < OLD.ends_at
            AND to_jsonb(OLD) - using_it = to_jsonb(NEW) - using_it
        OR is_now(NEW.cancelled_at) AND to_jsonb(OLD) - cancelling = to_jsonb(NEW) - cancelling
            AND is_officer(NEW.cancelled_by_id, officers)) THEN
        RETURN NEW;
    END IF;
    PERFORM portal.refuse(
        'a claim code can only be approved, printed and used, each once and now, or cancelled', TG_NAME);
END $$;
CREATE TRIGGER people_claimcode_frozen BEFORE INSERT OR UPDATE ON people_claimcode
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_claim_code();

-- Each step of a claim code has its ledger entry, by the officer who took it.
CREATE FUNCTION require_entry_for_claim_code() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    customer CONSTANT uuid := NEW.customer_id;
BEGIN
    IF NOT (CASE
        WHEN TG_OP = 'INSERT' THEN
            is_on_record(NEW.id::text, customer, 'claim_code.proposed', NEW.capacity,
                         jsonb_build_object('officer', NEW.proposed_by_id), NEW.proposed_by_id)
        WHEN NEW.cancelled_at IS NOT NULL THEN
            is_on_record(NEW.id::text, customer, 'claim_code.cancelled', NULL,
                         jsonb_build_object('officer', NEW.cancelled_by_id), NEW.cancelled_by_id)
        WHEN NEW.used_at IS NOT NULL THEN
            is_on_record(customer::text, customer,
                         CASE NEW.capacity WHEN 'guardian' THEN 'guardian.accepted' WHEN 'holder' THEN 'holder.joined'
                                           ELSE 'record.claimed' END,
                         NULL, jsonb_build_object('claim_code', NEW.id, 'user', NEW.used_by_id))
        WHEN NEW.code_hash IS NOT NULL THEN
            is_on_record(NEW.id::text, customer, 'claim_code.printed', NULL, '{}')
        ELSE
            is_on_record(NEW.id::text, customer, 'claim_code.approved', NULL,
                         jsonb_build_object('officer', NEW.approved_by_id), NEW.approved_by_id) END) THEN
        PERFORM portal.refuse('a claim code can only take a step with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_claimcode_on_record AFTER INSERT OR UPDATE ON people_claimcode
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_claim_code();

-- A customer's key is only wrapped again, under another wrapping key. Checked once per statement: the entry stands
-- before it and names the wrapping key and how many customers' keys it now wraps. The database cannot tell whether the
-- new wrapping holds the old key; it can tell that the customers are the same and that nothing is wrapped again under
-- the key that wraps it already.
CREATE FUNCTION require_entry_for_rewrapping() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    newest CONSTANT text := (SELECT min(kid) FROM rewrapped);
    changed CONSTANT bigint := (SELECT count(*) FROM rewrapped);
    sound CONSTANT bigint := (SELECT count(*) FROM rewrapped AS n JOIN replaced AS o USING (customer_id)
                              WHERE n.kid = newest AND o.kid <> newest);
BEGIN
    IF changed = 0 THEN
        RETURN NULL;
    END IF;
    IF sound <> changed OR NOT is_on_record(newest, NULL, 'customer_keys.rewrapped', NULL,
                                                jsonb_build_object('keys', changed)) THEN
        PERFORM portal.refuse('customers'' keys can only be rewrapped, with another key and its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER people_customerkey_rewrapped_on_record AFTER UPDATE ON people_customerkey
    REFERENCING OLD TABLE AS replaced NEW TABLE AS rewrapped
    FOR EACH STATEMENT WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_entry_for_rewrapping();
