-- Promise 1 (consents/DESIGN.md): No answer is a no.
--
-- Who may act for a customer is on record, and afterwards it only ends.

-- Nobody begins to act for a customer without a ledger entry of the same transaction that names them.
CREATE FUNCTION require_entry_for_acting() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(NEW.customer_id::text, NEW.customer_id, '%', NULL, jsonb_build_object('user', NEW.user_id)) THEN
        PERFORM portal.refuse('acting for a customer can only begin with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_acting_on_record AFTER INSERT ON people_acting DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_entry_for_acting();

-- It starts now without an end, never changes (but for what its user calls the customer), and ends once.
CREATE FUNCTION refuse_change_of_acting() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.starts_at) OR NEW.ends_at IS NOT NULL THEN
            PERFORM portal.refuse('acting for a customer must start now, without an end', TG_NAME);
        END IF;
    ELSIF to_jsonb(OLD) - ARRAY['ends_at', 'sealed_name']
          IS DISTINCT FROM to_jsonb(NEW) - ARRAY['ends_at', 'sealed_name']
       OR (OLD.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at) THEN
        PERFORM portal.refuse('acting for a customer can only end, and only once', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_acting_frozen BEFORE INSERT OR UPDATE ON people_acting
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_acting();

-- It ends now and on record: by the entry of its end, in the name of whoever may end it (whoever acts, a holder of age
-- but for another holder, an officer about others, or a restoration that repeats it); with the customer's erasure; or,
-- for one's own record, when its person claims another. An erasure that is repeated in a restoration also leaves records.
CREATE FUNCTION require_entry_for_acting_end() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.ends_at) OR NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.occurred_at >= now() + portal.clock_offset()
          AND CASE e.event
              WHEN 'acting.ended' THEN
                  e.object = NEW.customer_id::text AND e.customer = NEW.customer_id AND e.outcome = NEW.capacity
                  AND e.details::jsonb @> jsonb_build_object('user', NEW.user_id)
                  AND CASE e.actor_kind
                      WHEN 'staff' THEN
                          e.actor <> NEW.user_id::text
                          AND is_officer(e.actor::uuid, ARRAY['privacy_officer', 'compliance_officer'])
                      WHEN 'portal' THEN is_being_restored()
                      ELSE e.actor = NEW.user_id::text
                          OR may_consent_alone(NEW.customer_id) AND NEW.capacity NOT IN ('self', 'holder')
                             AND EXISTS (SELECT FROM people_acting AS a
                                         WHERE a.customer_id = NEW.customer_id AND a.user_id::text = e.actor
                                           AND a.capacity IN ('self', 'holder') AND a.ends_at IS NULL) END
              WHEN 'record.claimed' THEN
                  NEW.capacity = 'self' AND e.details::jsonb @> jsonb_build_object('left', NEW.customer_id)
              WHEN 'customer.erased' THEN
                  e.customer = NEW.customer_id
                  OR e.details::jsonb @> jsonb_build_object('left', jsonb_build_array(NEW.customer_id))
              ELSE e.event = 'account.closed'
                  AND e.details::jsonb @> jsonb_build_object('left', jsonb_build_array(NEW.customer_id)) END
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('acting for a customer can only end now, with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_acting_ends_on_record AFTER UPDATE ON people_acting DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.ends_at IS DISTINCT FROM NEW.ends_at AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_acting_end();

-- Only a child has a guardian, and a child shares no account.
CREATE FUNCTION refuse_capacity_of_other_age() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF may_consent_alone(NEW.customer_id) = (NEW.capacity = 'guardian') THEN
        PERFORM portal.refuse('only a child has a guardian, and a child shares no account', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_acting_fits_the_age BEFORE INSERT ON people_acting
    FOR EACH ROW WHEN (NEW.capacity IN ('guardian', 'holder') AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_capacity_of_other_age();

-- A guardian or a further holder comes in with a code that two officers stand for. Only whoever typed it acts by it.
CREATE FUNCTION require_code_of_newcomer() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM people_claimcode AS c
                   WHERE c.customer_id = NEW.customer_id AND c.capacity = NEW.capacity AND c.used_by_id = NEW.user_id
                     AND is_now(c.used_at)) THEN
        PERFORM portal.refuse('a guardian or a further holder can only come in with a code', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_acting_needs_a_code BEFORE INSERT ON people_acting
    FOR EACH ROW WHEN (NEW.capacity IN ('guardian', 'holder') AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_code_of_newcomer();

-- No officer stands for a code about themselves: not while they act, or have ever acted, for that customer.
CREATE FUNCTION refuse_claim_code_about_oneself() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM people_acting AS a
               WHERE a.customer_id = NEW.customer_id AND a.user_id IN (NEW.proposed_by_id, NEW.approved_by_id)) THEN
        PERFORM portal.refuse('an officer cannot stand for a claim code about themselves', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_claimcode_not_about_oneself BEFORE INSERT OR UPDATE ON people_claimcode
    FOR EACH ROW EXECUTE FUNCTION refuse_claim_code_about_oneself();

-- Whoever stands for a code answers nothing that its user asks for (rights/sql/claim_codes.sql), so that another officer
-- must be left who can.
CREATE FUNCTION refuse_code_that_leaves_nobody() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM people_staffmember AS o
        WHERE o.role IN ('privacy_officer', 'compliance_officer') AND o.ended_at IS NULL
          AND o.user_id NOT IN (NEW.proposed_by_id, NEW.approved_by_id)
          AND NOT EXISTS (SELECT FROM people_claimcode AS c
                          WHERE c.customer_id = NEW.customer_id AND c.approved_at IS NOT NULL
                            AND o.user_id IN (c.proposed_by_id, c.approved_by_id))
          AND NOT EXISTS (SELECT FROM people_acting AS a
                          WHERE a.customer_id = NEW.customer_id AND a.user_id = o.user_id AND a.ends_at IS NULL)) THEN
        PERFORM portal.refuse('a claim code must leave an officer who can answer the customer', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_claimcode_leaves_an_officer BEFORE UPDATE ON people_claimcode
    FOR EACH ROW WHEN (OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_code_that_leaves_nobody();
