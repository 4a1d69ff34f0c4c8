-- Promise 3 (consents/DESIGN.md): The vault opens only to an opening already on record.
-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- An opening is committed together with its ledger entry, or not at all.

-- The entry serves the kind of opening it records, in the name of whoever may have it, and no other kind:
-- `grant`: `vault.opened` by the member of staff whose grant it is, on the access request or the exemption it rests on.
-- `own_copy`: `vault.own_copy` by someone who acts for the customer and has not locked their access, or by the portal for
-- a rights request, which the room of rights checks. `statistics`: `vault.counted` by the portal for an insight, which
-- the room of insights checks. `correction`: `vault.compared` by the member of staff it names, on the rights request,
-- which the room of rights checks.
-- One plan serves every opening of a connection.
CREATE FUNCTION require_entry_for_opening() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
    told_of CONSTANT uuid :=
        coalesce((SELECT coalesce(g.access_request_id, g.exemption) FROM access_grant AS g WHERE g.id = NEW.grant_id),
                 NEW.request, NEW.id);
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = told_of::text
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.customer IS NOT DISTINCT FROM NEW.customer_id
          AND e.details::jsonb @> jsonb_build_object('opening', NEW.id)
          AND CASE NEW.kind
              WHEN 'grant' THEN
                  e.event = 'vault.opened' AND e.actor_kind = 'staff' AND e.actor = NEW.staff_id::text
              WHEN 'own_copy' THEN
                  e.event = 'vault.own_copy'
                  AND CASE WHEN e.actor_kind IN ('customer', 'representative') THEN
                          EXISTS (SELECT FROM people_acting AS a
                                  JOIN people_user AS u ON u.id = a.user_id AND u.locked_at IS NULL
                                  WHERE a.customer_id = NEW.customer_id AND a.user_id::text = e.actor
                                    AND a.ends_at IS NULL)
                      ELSE e.actor_kind = 'portal' AND e.details::jsonb ? 'request' END
              WHEN 'statistics' THEN
                  e.event = 'vault.counted' AND e.actor_kind = 'portal' AND e.details::jsonb ? 'insight'
              WHEN 'correction' THEN
                  e.event = 'vault.compared' AND e.actor_kind = 'staff' AND e.actor = NEW.staff_id::text
              ELSE false END
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('an opening can only be recorded with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disclosures_opening_on_record AFTER INSERT ON disclosures_opening
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_opening();
