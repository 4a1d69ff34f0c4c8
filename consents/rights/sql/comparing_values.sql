-- Promise 3 (consents/DESIGN.md): The vault opens only to an opening already on record.
--
-- An officer who works a correction sees the value that stands now: that field alone, of that customer, while the request
-- is open. The record's other values stay closed, so no policy shows its row: a function hands out the one value.

-- Is this field in question, and may this officer see it now? The request names it since it was filed, waits for its
-- answer with this officer, and is known to be the customer's; nothing that closes the vault to staff stands against it:
-- missing training, a block, an erasure of that kind of data. A restriction does not: the customer asked for this.
CREATE FUNCTION portal.is_in_question(
    of_request uuid, of_customer uuid, of_category bigint, of_field text, officer uuid
) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        JOIN catalogue_category AS k ON k.id = of_category
        JOIN ledger_entry AS e ON e.object = r.id::text AND e.event = 'rights_request.filed'
        WHERE r.id = of_request AND r.customer_id = of_customer AND r.request_type IN ('A16', 'correction')
          AND r.state <> 'answered' AND r.handler_id = officer AND rights_is_verified(r.id)
          AND e.details::jsonb -> 'fields' ? (k.code || '.' || of_field)
          AND NOT EXISTS (SELECT FROM vault_parterasure AS p
                          WHERE p.customer_id = r.customer_id AND p.done_at IS NOT NULL
                            AND (p.deleted ? k.code OR p.kept ? k.code)))
    AND is_officer(officer, ARRAY['privacy_officer', 'compliance_officer'])
    AND is_trained(officer, portal.clock())
    AND NOT is_blocked(of_customer, officer)
$$;
GRANT EXECUTE ON FUNCTION portal.is_in_question TO portal_app;

CREATE FUNCTION refuse_opening_for_no_correction() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_in_question(NEW.request, NEW.customer_id, NEW.category_id, NEW.field, NEW.staff_id) THEN
        PERFORM portal.refuse(
            'an opening for a correction shows a value in question to the officer who works on it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disclosures_opening_serves_a_correction AFTER INSERT ON disclosures_opening
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'correction' AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_opening_for_no_correction();

-- The value that an opening for a correction shows: for 30 seconds, once it is committed, as long as all of the above
-- still holds. Of several entries the one that the customer means. It runs as the owner, who alone may pick a value.
CREATE FUNCTION portal.read_value_in_question(opening uuid)
    RETURNS TABLE (record uuid, sealed text, is_whole boolean) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
DECLARE
    o disclosures_opening;
BEGIN
    SELECT * INTO o FROM disclosures_opening AS d
    WHERE sees_what_is_committed() AND d.id = opening AND d.kind = 'correction'
      AND d.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND d.opened_at <= portal.clock() AND portal.clock() < d.opened_at + interval '30 seconds'
      AND is_in_question(d.request, d.customer_id, d.category_id, d.field, d.staff_id);
    RETURN QUERY SELECT v.record, v.sealed, v.is_whole
        FROM pick_value((SELECT c.entry FROM rights_chosenentry AS c WHERE c.rights_request_id = o.request),
                        o.customer_id, o.category_id, o.field) AS v;
END $$;
GRANT EXECUTE ON FUNCTION portal.read_value_in_question TO portal_app;
