-- Promise 3 (consents/DESIGN.md): The vault opens only to an opening already on record.
-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
--
-- A copy leaves for an account, or for a code that works, and is gone after two weeks.

-- Granted, wholly or in part; no request gets there before the requester's identity is confirmed.
CREATE FUNCTION portal.copies_are_granted(of_request text, of_customer uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (SELECT FROM rights_rightsrequest AS r JOIN rights_answer AS a ON a.rights_request_id = r.id
               WHERE r.id::text = of_request AND r.customer_id = of_customer
                 AND r.request_type IN ('A15', 'A20', 'access:categories', 'access:specific')
                 AND a.outcome IN ('complied_whole', 'complied_part'))
$$;
GRANT EXECUTE ON FUNCTION portal.copies_are_granted TO portal_app;

CREATE FUNCTION refuse_other_package() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.made_at) OR NEW.ends_at <> NEW.made_at + interval '14 days' OR NEW.removed_at IS NOT NULL
           OR NOT copies_are_granted(NEW.rights_request_id::text, NEW.customer_id)
           OR EXISTS (SELECT FROM vault_parterasure AS p
                      WHERE p.customer_id = NEW.customer_id AND p.done_at IS NOT NULL
                        AND NOT EXISTS (SELECT FROM ledger_entry AS e
                                        WHERE e.customer = NEW.customer_id AND e.event = 'vault.own_copy'
                                          AND e.occurred_at > p.done_at
                                          AND e.details::jsonb @>
                                              jsonb_build_object('request', NEW.rights_request_id))) THEN
            PERFORM portal.refuse('a package must be made now, for two weeks, for a granted request', TG_NAME);
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - ARRAY['sealed_page', 'sealed_data', 'removed_at']
       IS DISTINCT FROM to_jsonb(NEW) - ARRAY['sealed_page', 'sealed_data', 'removed_at']
       OR OLD.removed_at IS NOT NULL OR NOT is_now(NEW.removed_at)
       OR NOT (OLD.ends_at <= portal.clock()
               OR EXISTS (SELECT FROM vault_parterasure AS p
                          WHERE p.customer_id = NEW.customer_id AND p.done_at >= OLD.made_at)
               OR EXISTS (SELECT FROM people_customer AS c
                          WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL)) THEN
        PERFORM portal.refuse('a package may only be emptied, once it has expired or its data was erased', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER copies_package_frozen BEFORE INSERT OR UPDATE ON copies_package
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_other_package();

CREATE FUNCTION refuse_package_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(NEW.rights_request_id::text, NEW.customer_id,
            CASE TG_OP WHEN 'INSERT' THEN 'rights_request.packaged' ELSE 'rights_request.package_removed' END, NULL,
            jsonb_build_object('package', NEW.id))
       AND NOT (TG_OP = 'UPDATE'
                AND is_on_record(NEW.customer_id::text, NEW.customer_id, 'customer.erased', NULL, '{}')) THEN
        PERFORM portal.refuse('making or removing a package needs its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER copies_package_on_record AFTER INSERT OR UPDATE ON copies_package
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_package_off_record();

-- Mail leads to this customer alone, as far as the database can tell.
CREATE FUNCTION portal.copies_mail_leads_to(of_customer uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM people_customer AS c
    WHERE c.id = of_customer AND c.address_hash IS NOT NULL
      AND NOT EXISTS (SELECT FROM people_customer AS o WHERE o.address_hash = c.address_hash AND o.id <> c.id)
      AND NOT EXISTS (SELECT FROM notifications_failingaddress AS f WHERE f.address_hash = c.address_hash))
$$;
GRANT EXECUTE ON FUNCTION portal.copies_mail_leads_to TO portal_app;

CREATE FUNCTION refuse_other_collection_code() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    officers CONSTANT text[] := ARRAY['privacy_officer', 'compliance_officer'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.made_at) OR NEW.tries <> 0 OR NEW.ended_at IS NOT NULL
           OR octet_length(NEW.code_hash) IS DISTINCT FROM 32
           OR NEW.made_by_id IS NOT NULL AND NOT is_officer(NEW.made_by_id, officers)
           OR NOT EXISTS (
               SELECT FROM copies_package AS p JOIN rights_rightsrequest AS r ON r.id = p.rights_request_id
               WHERE p.id = NEW.package_id AND p.customer_id = NEW.customer_id
                 AND p.removed_at IS NULL AND portal.clock() < p.ends_at
                 AND copies_are_granted(r.id::text, r.customer_id)
                 AND CASE NEW.way
                     WHEN 'mailed' THEN copies_mail_leads_to(r.customer_id)
                     ELSE (r.submitted_by <> 'self' OR NOT copies_mail_leads_to(r.customer_id))
                          AND NOT EXISTS (SELECT FROM ledger_entry AS e
                                          WHERE e.object = r.id::text AND e.actor_kind = 'staff'
                                            AND e.event = 'rights_request.identity_confirmed'
                                            AND e.actor = NEW.made_by_id::text) END) THEN
            PERFORM portal.refuse(
                'a collection code must be made now, for an available package, by someone who may', TG_NAME);
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - ARRAY['code_hash', 'tries', 'ended_at', 'end']
       IS DISTINCT FROM to_jsonb(NEW) - ARRAY['code_hash', 'tries', 'ended_at', 'end']
       OR NEW.tries NOT IN (OLD.tries, OLD.tries + 1)
       OR OLD.ended_at IS NOT NULL
          AND (NEW.tries, NEW.ended_at, NEW."end") IS DISTINCT FROM (OLD.tries, OLD.ended_at, OLD."end")
       OR NEW.ended_at IS DISTINCT FROM OLD.ended_at AND NOT is_now(NEW.ended_at)
       OR NEW.code_hash IS DISTINCT FROM OLD.code_hash
          AND (NEW.code_hash IS NOT NULL
               OR EXISTS (SELECT FROM copies_package AS p WHERE p.id = NEW.package_id AND p.removed_at IS NULL)) THEN
        PERFORM portal.refuse('a collection code may only be tried, ended once, and cleared with its package', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER copies_collectioncode_frozen BEFORE INSERT OR UPDATE ON copies_collectioncode
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_other_collection_code();

CREATE FUNCTION refuse_collection_code_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    of_request CONSTANT text := (SELECT p.rights_request_id FROM copies_package AS p WHERE p.id = NEW.package_id);
    this CONSTANT jsonb := jsonb_build_object('code', NEW.id);
    is_told CONSTANT boolean := CASE
        WHEN TG_OP = 'INSERT' THEN EXISTS (
            SELECT FROM ledger_entry AS e
            WHERE e.object = of_request AND e.customer = NEW.customer_id AND e.event = 'rights_request.code_made'
              AND e.outcome = NEW.way AND e.details::jsonb @> this
              AND (e.actor_kind, e.actor) = (CASE WHEN NEW.made_by_id IS NULL THEN 'portal' ELSE 'staff' END,
                                             coalesce(NEW.made_by_id::text, ''))
              AND e.occurred_at >= now() + portal.clock_offset()
              AND is_of_this_transaction(e.xmin))
        WHEN NEW.tries <> OLD.tries THEN
            is_on_record(of_request, NEW.customer_id, 'rights_request.code_typed',
                CASE NEW."end" WHEN 'tries' THEN 'tries' ELSE 'wrong' END, this)
        WHEN OLD.ended_at IS NULL AND NEW."end" = 'replaced' THEN
            is_on_record(of_request, NEW.customer_id, 'rights_request.code_made', NULL,
                jsonb_build_object('replaced', NEW.id))
        WHEN OLD.ended_at IS NULL AND NEW."end" IN ('stopped', 'tries') THEN
            is_on_record(of_request, NEW.customer_id, 'rights_request.code_ended', NEW."end", this)
        ELSE is_on_record(of_request, NEW.customer_id, 'rights_request.package_removed', NULL,
                 jsonb_build_object('package', NEW.package_id))
             OR is_on_record(NEW.customer_id::text, NEW.customer_id, 'customer.erased', NULL, '{}') END;
BEGIN
    IF NOT is_told THEN
        PERFORM portal.refuse('making, trying or ending a collection code needs its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER copies_collectioncode_on_record AFTER INSERT OR UPDATE ON copies_collectioncode
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_collection_code_off_record();

CREATE FUNCTION refuse_download_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM copies_package AS p JOIN rights_rightsrequest AS r ON r.id = p.rights_request_id
        WHERE p.id = NEW.package_id AND p.customer_id = NEW.customer_id
          AND p.removed_at IS NULL AND portal.clock() < p.ends_at AND is_now(NEW.taken_at)
          AND (EXISTS (
              SELECT FROM ledger_entry AS e JOIN people_acting AS a
                  ON a.customer_id = r.customer_id AND a.user_id::text = e.actor
                     AND a.starts_at <= portal.clock() AND (a.ends_at IS NULL OR a.ends_at > portal.clock())
              WHERE e.object = r.id::text AND e.customer = r.customer_id
                AND e.event = 'rights_request.package_downloaded' AND e.outcome = NEW.part
                AND e.actor = NEW.taken_by_id::text
                AND e.occurred_at >= now() + portal.clock_offset()
                AND is_of_this_transaction(e.xmin))
              OR EXISTS (
              SELECT FROM copies_collectioncode AS c JOIN ledger_entry AS e
                  ON e.details::jsonb @> jsonb_build_object('code', c.id)
              WHERE c.id = NEW.code_id AND c.package_id = p.id AND c.ended_at IS NULL
                AND e.object = r.id::text AND e.customer = r.customer_id AND e.actor_kind <> 'staff'
                AND e.event = 'rights_request.package_downloaded' AND e.outcome = NEW.part
                AND e.occurred_at >= now() + portal.clock_offset()
                AND is_of_this_transaction(e.xmin)))) THEN
        PERFORM portal.refuse('a download must be by the package''s customer or with its code, and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER copies_download_on_record AFTER INSERT ON copies_download DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_download_off_record();

-- The portal opens a customer's own copy only for a request that was granted.
CREATE FUNCTION refuse_own_copy_for_no_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.id::text AND e.customer = NEW.customer_id AND e.event = 'vault.own_copy'
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.actor_kind = 'portal' AND is_of_this_transaction(e.xmin)
          AND NOT coalesce(copies_are_granted(e.details::jsonb ->> 'request', NEW.customer_id), false)) THEN
        PERFORM portal.refuse('the portal may open a customer''s own copy only for a granted request', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disclosures_opening_serves_a_request AFTER INSERT ON disclosures_opening
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'own_copy' AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_own_copy_for_no_request();
