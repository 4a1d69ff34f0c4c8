-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Is an act on record? The rules of every room ask it when a transaction ends. They do not bind the owner of the
-- database, who makes the demo's past and could drop the triggers anyway: what an owner forges, the chain and the
-- rebuilt state show.

-- Was the row written by this transaction? True for a row that this transaction can see although its writer has not
-- ended. The writer may be a savepoint with a transaction id of its own, so comparing with the current id would not do.
CREATE FUNCTION portal.is_of_this_transaction(written_by xid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
-- The 64-bit id nearest to ours that ends in these 32 bits.
SELECT pg_xact_status((ours + ((written_by::text::bigint - ours + 2147483648) & 4294967295) - 2147483648)::text::xid8)
       = 'in progress'
FROM (SELECT pg_current_xact_id()::text::bigint AS ours) AS current
$$;
GRANT EXECUTE ON FUNCTION portal.is_of_this_transaction TO portal_app;

-- Is there a ledger entry of this transaction about this object, in the name of this person? `events` is a LIKE pattern;
-- a NULL outcome matches any, and so does no person; in a restoration, which repeats what somebody did, anybody does. The
-- moment only narrows the search.
CREATE FUNCTION portal.is_on_record(
    of_object text, of_customer uuid, events text, with_outcome text, with_details jsonb, of_person uuid DEFAULT NULL
) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = of_object
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.customer IS NOT DISTINCT FROM of_customer
          AND e.event LIKE events
          AND (with_outcome IS NULL OR e.outcome = with_outcome)
          AND e.details::jsonb @> with_details
          AND (of_person IS NULL OR e.actor = of_person::text OR is_being_restored())
          AND is_of_this_transaction(e.xmin));
END $$;
GRANT EXECUTE ON FUNCTION portal.is_on_record TO portal_app;
