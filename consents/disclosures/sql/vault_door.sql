-- Promise 3 (consents/DESIGN.md): The vault opens only to an opening already on record.
--
-- A vault row is visible only to a transaction that names an opening committed earlier. `portal.opening` holds its id
-- for one transaction. No id, an empty, malformed or foreign one: zero rows and no error.

-- The transaction that made a row tells a committed opening from one of the same transaction. The application can set
-- neither this nor the moment.
ALTER TABLE disclosures_opening
    ALTER COLUMN opened_at SET DEFAULT portal.clock(),
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

-- The opening that this transaction names; NULL when it names none.
CREATE FUNCTION portal.current_opening() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE WHEN pg_input_is_valid(current_setting('portal.opening', true), 'uuid')
            THEN current_setting('portal.opening', true)::uuid END
$$;
GRANT EXECUTE ON FUNCTION portal.current_opening TO portal_app;

-- What the opening of this transaction shows: records of one customer, of one category or all (NULL), until a moment.
-- `seen` is what was committed when it was looked up.
CREATE TYPE portal.door AS (customer uuid, category bigint, until timestamptz, seen text);

-- Look the opening up, as things are committed now. `grant`: at most 30 seconds old, for a live grant; closed to a
-- member whose training is missing or has lapsed, or whom the customer has blocked, where access rests on an answer to
-- one of a team that the purpose does not list, while a restriction or an objection stands, and for what a partial
-- erasure left (11 CCR 7022(f)(3)); a legal duty passes all but the training, and opens nothing that was deleted.
-- `own_copy`: 30 seconds. NULL where nothing is open.
CREATE FUNCTION portal.open_door() RETURNS portal.door LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
DECLARE
    seen CONSTANT text := pg_current_snapshot();
    opened CONSTANT uuid := current_opening();
    found door;
BEGIN
    SELECT o.customer_id, o.category_id, least(o.opened_at + interval '30 seconds', g.ends_at), seen INTO found
    FROM disclosures_opening AS o LEFT JOIN access_grant AS g ON g.id = o.grant_id
    WHERE sees_what_is_committed()
      AND o.id = opened
      AND o.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND o.opened_at <= portal.clock()
      AND CASE o.kind
          WHEN 'grant' THEN
              g.staff_id = o.staff_id AND g.customer_id = o.customer_id AND g.category_id = o.category_id
              AND g.purpose_id = o.purpose_id AND g.starts_at <= portal.clock() AND g.ended_at IS NULL
              AND is_trained(o.staff_id, portal.clock())
              AND (g.ground <> 'answer' OR is_for_team_of(o.purpose_id, o.staff_id))
              AND (g.ground = 'legal_duty' OR NOT is_blocked(o.customer_id, o.staff_id))
              AND (g.ground = 'legal_duty' OR NOT EXISTS (
                  SELECT FROM choices_mark AS m
                  WHERE m.customer_id = o.customer_id AND m.lifted_at IS NULL AND m.kind <> 'limit'
                    AND mark_covers(m.kind, m.purpose_id, m.placed_at, o.purpose_id)))
              AND NOT EXISTS (
                  SELECT FROM vault_parterasure AS e JOIN catalogue_category AS k ON k.id = o.category_id
                  WHERE e.customer_id = o.customer_id AND e.done_at IS NOT NULL
                    AND (e.deleted ? k.code OR e.kept ? k.code AND g.ground <> 'legal_duty'))
          WHEN 'own_copy' THEN o.category_id IS NULL
          ELSE false END;
    RETURN CASE WHEN found.customer IS NOT NULL THEN found END;
END $$;
GRANT EXECUTE ON FUNCTION portal.open_door TO portal_app;

-- Does it show this record? Asked for each row, by the real clock; and looked up anew as soon as anything has been
-- committed, however long ago the message, the cursor or the transaction that reads began. STRICT: where there is no
-- door, as in a count for statistics, nothing is asked.
CREATE FUNCTION portal.door_shows(door portal.door, of_customer uuid, of_category bigint) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    IF pg_current_snapshot()::text <> door.seen THEN
        door := open_door();
    END IF;
    RETURN door.customer = of_customer AND (door.category = of_category OR door.category IS NULL)
        AND portal.clock() < door.until;
END $$;
GRANT EXECUTE ON FUNCTION portal.door_shows TO portal_app;

-- It names the role in its condition: a policy TO a role is dropped by that role's DROP OWNED. Whoever reads names the
-- customer: a second condition here, for an index, would look the opening up once more for every look.
CREATE POLICY vault_record_read ON vault_record FOR SELECT TO PUBLIC USING (
    current_user = 'portal_app'
    AND portal.door_shows((SELECT portal.open_door()), customer_id, category_id));

-- Name the opening and read, in one statement: one round trip, and nothing else in that transaction can read. It runs
-- as its caller, so the policy decides as ever. VOLATILE: the policy must see what was committed before the inner
-- SELECT, which gets a snapshot of its own. The digest of what was sealed last comes with each record, out of the same one.
CREATE FUNCTION portal.read_records(opening uuid, of_customer uuid, of_category bigint, most int)
    RETURNS TABLE (id uuid, sealed jsonb, digest bytea) LANGUAGE plpgsql VOLATILE SECURITY INVOKER
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    PERFORM set_config('portal.opening', opening::text, true);
    RETURN QUERY SELECT r.id, r.sealed, (SELECT f.digest FROM vault_fingerprint AS f WHERE f.record = r.id)
        FROM vault_record AS r
        WHERE r.customer_id = of_customer AND r.category_id = of_category ORDER BY r.position, r.id LIMIT most;
    PERFORM set_config('portal.opening', '', true);
END $$;
GRANT EXECUTE ON FUNCTION portal.read_records TO portal_app;
