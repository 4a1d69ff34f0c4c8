-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
--
-- An erasure is proposed and confirmed by two officers, complete, on record, not against the law, and final.

-- Every room asks this before it gives a customer something new. It runs as the owner, because not everyone who
-- writes may read that row.
CREATE FUNCTION refuse_for_erased_customer() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    -- Waits for an erasure under way; the row as it is after that decides.
    PERFORM FROM people_customer AS c WHERE c.id = NEW.customer_id FOR SHARE;
    IF EXISTS (SELECT FROM people_customer AS c WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL) THEN
        PERFORM portal.refuse('the customer is erased', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_acting_not_of_erased BEFORE INSERT ON people_acting
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();
CREATE TRIGGER people_claimcode_not_of_erased BEFORE INSERT ON people_claimcode
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();
CREATE TRIGGER people_legalhold_not_of_erased BEFORE INSERT ON people_legalhold
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

-- The same, checked once per statement: an import stores thousands of rows. Each customer must be there and not erased:
-- they are counted as they are once an erasure under way has been waited for; a condition on them could be asked before
-- the wait. For the vault it stands in for a foreign key, which would ask again for each row.
-- A session plans this once, perhaps while there is hardly a customer: by the index alone, or it would go on reading
-- all of them for each statement of an import, however many there are by then.
CREATE FUNCTION refuse_rows_of_erased_customer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, portal, public, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    IF (SELECT count(*) - count(w.erased_at)
        FROM (SELECT c.erased_at FROM people_customer AS c WHERE c.id IN (SELECT customer_id FROM stored)
              ORDER BY c.id FOR SHARE) AS w) < (SELECT count(DISTINCT s.customer_id) FROM stored AS s) THEN
        PERFORM portal.refuse('the customer is erased, or unknown', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER people_customerkey_not_of_erased AFTER INSERT ON people_customerkey REFERENCING NEW TABLE AS stored
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rows_of_erased_customer();

-- Some rows leave only with their customer's erasure.
CREATE FUNCTION refuse_unless_customer_erased() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = OLD.customer_id AND c.erased_at IS NOT NULL) THEN
        PERFORM portal.refuse('only an erasure can remove this', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_customerkey_kept AFTER DELETE ON people_customerkey DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_unless_customer_erased();

-- A customer is erased now, by a confirmed erasure, with its ledger entry, while no legal hold stands, and neither a
-- key nor anyone acting for the customer remains.
CREATE FUNCTION require_entry_for_erased_customer() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    done CONSTANT people_erasure := (
        SELECT e FROM people_erasure AS e WHERE e.customer_id = NEW.id AND e.done_at = NEW.erased_at);
BEGIN
    IF NOT is_now(NEW.erased_at) OR done.id IS NULL
       OR NOT is_on_record(NEW.id::text, NEW.id, 'customer.erased', done.reason,
                               jsonb_build_object('erasure', done.id)) THEN
        PERFORM portal.refuse('a customer can only be erased now, by two officers and with its ledger entry', TG_NAME);
    END IF;
    IF done.original IS NULL
       AND EXISTS (SELECT FROM people_legalhold AS h WHERE h.customer_id = NEW.id AND h.lifted_at IS NULL) THEN
        PERFORM portal.refuse('a legal hold forbids erasing this customer', TG_NAME);
    END IF;
    IF EXISTS (SELECT FROM people_customerkey AS k WHERE k.customer_id = NEW.id)
       OR EXISTS (SELECT FROM people_acting AS a WHERE a.customer_id = NEW.id AND a.ends_at IS NULL)
       OR EXISTS (SELECT FROM people_claimcode AS c WHERE c.customer_id = NEW.id) THEN
        PERFORM portal.refuse(
            'an erasure must remove the customer''s key and everyone who acts for the customer', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_customer_erased_on_record AFTER INSERT OR UPDATE ON people_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_erased_customer();

-- An erased customer stays erased.
CREATE FUNCTION refuse_change_of_erased_customer() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('an erased customer stays erased', TG_NAME);
END $$;
CREATE TRIGGER people_customer_erased_stays BEFORE UPDATE ON people_customer
    FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_erased_customer();

-- A legal hold is placed by a compliance officer, to be reviewed within a year, and only lifted; the officer's day may
-- be one before or after the day in UTC. A hold that a restored backup does not know is placed again under its old
-- number: officer and review date were checked the first time.
CREATE FUNCTION refuse_change_of_legal_hold() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.original IS NOT NULL AND NOT is_being_restored() THEN
            PERFORM portal.refuse('a hold can only be placed again in a restoration', TG_NAME);
        END IF;
        IF NOT is_now(NEW.placed_at) OR NEW.lifted_at IS NOT NULL
           OR NEW.original IS NULL AND (NOT is_officer(NEW.placed_by_id, ARRAY['compliance_officer'])
           OR NEW.review_on < (NEW.placed_at AT TIME ZONE 'UTC')::date
           OR NEW.review_on > (NEW.placed_at AT TIME ZONE 'UTC')::date + 367) THEN
            PERFORM portal.refuse(
                'a hold must be placed now, by a compliance officer, and be reviewed within a year', TG_NAME);
        END IF;
    ELSIF to_jsonb(OLD) - ARRAY['lifted_by_id', 'lifted_at'] IS DISTINCT FROM
          to_jsonb(NEW) - ARRAY['lifted_by_id', 'lifted_at']
       OR OLD.lifted_at IS NOT NULL OR NOT is_now(NEW.lifted_at)
       OR NOT is_officer(NEW.lifted_by_id, ARRAY['compliance_officer']) THEN
        PERFORM portal.refuse('a hold can only be lifted once, now, by a compliance officer', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_legalhold_frozen BEFORE INSERT OR UPDATE ON people_legalhold
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_legal_hold();

-- A legal hold is placed and lifted with its ledger entry.
CREATE FUNCTION require_entry_for_legal_hold() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(NEW.id::text, NEW.customer_id,
            CASE TG_OP WHEN 'INSERT' THEN 'legal_hold.placed' ELSE 'legal_hold.lifted' END, NEW.reason, '{}',
            CASE TG_OP WHEN 'INSERT' THEN NEW.placed_by_id ELSE NEW.lifted_by_id END) THEN
        PERFORM portal.refuse('a hold can only be placed or lifted with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_legalhold_on_record AFTER INSERT OR UPDATE ON people_legalhold
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_legal_hold();

-- An erasure, of a customer or of a part of their data, is proposed, then confirmed or cancelled, once, by officers.
-- Anyone who acts for the customer now may also cancel one that the customer asked for. The argument says what it is.
CREATE FUNCTION refuse_change_of_erasure() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    officers CONSTANT text[] := ARRAY['privacy_officer', 'compliance_officer'];
    moving CONSTANT text[] := ARRAY['done_at', 'confirmed_by_id', 'cancelled_at', 'cancelled_by_id', 'original'];
    reason CONSTANT text := coalesce(to_jsonb(NEW) ->> 'reason', 'requested');
BEGIN
    IF NEW.original IS NOT NULL AND NOT is_being_restored() THEN
        PERFORM portal.refuse(format('%s can only be repeated in a restoration', TG_ARGV[0]), TG_NAME);
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.original IS NULL AND (NOT is_officer(NEW.proposed_by_id, officers) OR NOT is_now(NEW.proposed_at)
                                     OR NEW.done_at IS NOT NULL OR NEW.cancelled_at IS NOT NULL) THEN
            PERFORM portal.refuse(format('%s must be proposed now, by an officer', TG_ARGV[0]), TG_NAME);
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving
       OR OLD.done_at IS NOT NULL OR OLD.cancelled_at IS NOT NULL
       OR NOT is_now(coalesce(NEW.done_at, NEW.cancelled_at))
       OR NEW.original IS NULL AND NOT is_officer(coalesce(NEW.confirmed_by_id, NEW.cancelled_by_id), officers)
          AND NOT (NEW.done_at IS NULL AND (is_being_restored() OR reason = 'requested' AND EXISTS (
              SELECT FROM people_acting AS a
              WHERE a.customer_id = NEW.customer_id AND a.user_id = NEW.cancelled_by_id
                AND a.starts_at <= portal.clock() AND (a.ends_at IS NULL OR a.ends_at > portal.clock())))) THEN
        PERFORM portal.refuse(
            format('%s can only be confirmed or cancelled once, now, by an officer', TG_ARGV[0]), TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_erasure_frozen BEFORE INSERT OR UPDATE ON people_erasure
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_erasure('an erasure');

-- Each step of an erasure has its ledger entry.
CREATE FUNCTION require_entry_for_erasure() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF (CASE
        WHEN NEW.done_at IS NOT NULL THEN
            NOT is_on_record(NEW.customer_id::text, NEW.customer_id, 'customer.erased', NEW.reason,
                                 jsonb_build_object('erasure', NEW.id), NEW.confirmed_by_id)
            OR NOT EXISTS (SELECT FROM people_customer AS c
                           WHERE c.id = NEW.customer_id AND c.erased_at = NEW.done_at)
        WHEN NEW.cancelled_at IS NOT NULL THEN
            NOT is_on_record(NEW.id::text, NEW.customer_id, 'erasure.cancelled', NEW.reason, '{}', NEW.cancelled_by_id)
        ELSE NOT is_on_record(NEW.id::text, NEW.customer_id, 'erasure.proposed', NEW.reason, '{}',
                              NEW.proposed_by_id) END) THEN
        PERFORM portal.refuse('an erasure can only change state with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_erasure_on_record AFTER INSERT OR UPDATE ON people_erasure
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_erasure();
