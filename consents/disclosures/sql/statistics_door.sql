-- Promise 14 (consents/DESIGN.md): Statistics contain nobody.
-- Promise 3 (consents/DESIGN.md): The vault opens only to an opening already on record.
--
-- An opening for statistics shows one category of those customers who allow the purpose `statistics`, to the session
-- that made it, until the answer of its insight is on record, an hour at most. Only aggregates of what is read are kept,
-- which the room of insights sees to.

ALTER TABLE disclosures_opening ADD COLUMN session int NOT NULL DEFAULT pg_backend_pid();

-- What such an opening shows: records of one category, of customers whose consent to the purpose is to a version of at
-- least `material`, until a moment. `seen` is what was committed when it was looked up.
CREATE TYPE portal.statistics_door AS (category bigint, purpose bigint, material bigint, until timestamptz, seen text);

-- May this category be counted for this purpose now? The purpose rests on consent, is in force and names the category,
-- which is not sensitive.
CREATE FUNCTION portal.is_countable(of_category bigint, of_purpose bigint) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM catalogue_purpose AS p
    JOIN catalogue_purposeversion AS v ON v.purpose_id = p.id
    JOIN catalogue_purposeversion_categories AS n ON n.purposeversion_id = v.id
    JOIN catalogue_category AS k ON k.id = n.category_id
    WHERE p.id = of_purpose AND p.code = 'statistics' AND p.retired_at IS NULL
      AND v.published_at IS NOT NULL AND NOT v.lost AND v.legal_basis = 'A6-1-a'
      AND NOT EXISTS (SELECT FROM catalogue_purposeversion AS w
                      WHERE w.purpose_id = p.id AND w.published_at IS NOT NULL AND w.number > v.number)
      AND k.id = of_category AND NOT k.sensitive AND NOT k.special)
$$;
GRANT EXECUTE ON FUNCTION portal.is_countable TO portal_app;

-- Look the opening up, as things are committed now: not older than an hour, of this session, for an insight that waits
-- for its answer, asked by a member of staff who still works here and is trained.
CREATE FUNCTION portal.open_statistics() RETURNS portal.statistics_door LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
DECLARE
    seen CONSTANT text := pg_current_snapshot();
    opened CONSTANT uuid := current_opening();
    found statistics_door;
BEGIN
    SELECT o.category_id, o.purpose_id,
           (SELECT coalesce(max(v.number), 0) FROM catalogue_purposeversion AS v
            WHERE v.purpose_id = o.purpose_id AND v.published_at IS NOT NULL AND v.material),
           o.opened_at + interval '1 hour', seen INTO found
    FROM disclosures_opening AS o
    WHERE sees_what_is_committed()
      AND o.id = opened AND o.kind = 'statistics' AND o.session = pg_backend_pid()
      AND o.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND o.opened_at <= portal.clock() AND portal.clock() < o.opened_at + interval '1 hour'
      AND is_officer(o.staff_id, ARRAY['requester', 'privacy_officer', 'compliance_officer'])
      AND is_trained(o.staff_id, portal.clock())
      AND is_countable(o.category_id, o.purpose_id)
      AND NOT EXISTS (
          SELECT FROM ledger_entry AS e JOIN ledger_entry AS answered ON answered.object = e.details::jsonb ->> 'insight'
          WHERE e.object = o.id::text AND e.event = 'vault.counted' AND answered.event = 'insight.answered');
    RETURN found;
END $$;
GRANT EXECUTE ON FUNCTION portal.open_statistics TO portal_app;

-- May this customer's record be counted, as things are committed now? Not while a restriction, an objection or a block of
-- everybody stands, and not what a partial erasure left (11 CCR 7022(f)(3)). A block of one member or team does not count
-- here: answers are the same for all staff. `oldest`: the number of the version that a yes must be to, or a newer one.
CREATE FUNCTION portal.may_be_counted(of_customer uuid, of_category bigint, of_purpose bigint, oldest bigint)
    RETURNS boolean LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, portal, public, pg_temp
    SET plan_cache_mode = 'force_generic_plan'
AS $$
BEGIN
    RETURN EXISTS (
            SELECT FROM choices_choice AS c JOIN catalogue_purposeversion AS v ON v.id = c.version_id
            WHERE c.customer_id = of_customer AND c.purpose_id = of_purpose
              AND c.status IN ('ConsentGiven', 'RenewedConsentGiven')
              AND (c.valid_until IS NULL OR c.valid_until > portal.clock()) AND v.number >= oldest)
        AND NOT EXISTS (
            SELECT FROM choices_mark AS m
            WHERE m.customer_id = of_customer AND m.lifted_at IS NULL AND m.kind <> 'limit'
              AND mark_covers(m.kind, m.purpose_id, m.placed_at, of_purpose))
        AND NOT EXISTS (
            SELECT FROM access_block AS b
            WHERE b.customer_id = of_customer AND b.kind = 'everybody' AND b.lifted_at IS NULL)
        AND NOT EXISTS (
            SELECT FROM vault_parterasure AS e JOIN catalogue_category AS k ON k.id = of_category
            WHERE e.customer_id = of_customer AND e.done_at IS NOT NULL AND (e.kept ? k.code OR e.deleted ? k.code));
END $$;
GRANT EXECUTE ON FUNCTION portal.may_be_counted TO portal_app;

-- Asked for each row, by the real clock and by what is committed by then, however long ago the cursor or the transaction
-- that reads began. `judged` is what the plain customers were told from by when the statement began: where nothing was
-- committed since, what the policy has found (no mark, no block, no erasure, a yes) still holds and is not asked again.
CREATE FUNCTION portal.statistics_show(
    door portal.statistics_door, of_customer uuid, of_category bigint, is_plain boolean, judged text
) RETURNS boolean LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
DECLARE
    seen CONSTANT text := pg_current_snapshot();
BEGIN
    IF seen IS DISTINCT FROM door.seen THEN
        door := open_statistics();
    END IF;
    RETURN coalesce(
        door.category = of_category AND portal.clock() < door.until
        AND (is_plain AND seen = judged OR may_be_counted(of_customer, of_category, door.purpose, door.material)),
        false);
END $$;
GRANT EXECUTE ON FUNCTION portal.statistics_show TO portal_app;

CREATE POLICY vault_record_count ON vault_record FOR SELECT TO PUBLIC USING (
    current_user = 'portal_app'
    AND category_id = (SELECT (portal.open_statistics()).category)
    AND portal.statistics_show(
        (SELECT portal.open_statistics()), customer_id, category_id,
        EXISTS (SELECT FROM choices_choice AS c
                WHERE c.customer_id = vault_record.customer_id
                  AND c.purpose_id = (SELECT (portal.open_statistics()).purpose)
                  AND c.status IN ('ConsentGiven', 'RenewedConsentGiven')
                  AND (c.valid_until IS NULL OR c.valid_until > portal.clock())
                  AND (SELECT v.number FROM catalogue_purposeversion AS v WHERE v.id = c.version_id)
                      >= (SELECT (portal.open_statistics()).material))
            AND NOT EXISTS (SELECT FROM choices_mark AS m
                            WHERE m.customer_id = vault_record.customer_id AND m.lifted_at IS NULL)
            AND NOT EXISTS (SELECT FROM access_block AS b
                            WHERE b.customer_id = vault_record.customer_id AND b.lifted_at IS NULL)
            AND NOT EXISTS (SELECT FROM vault_parterasure AS e WHERE e.customer_id = vault_record.customer_id),
        (SELECT pg_current_snapshot()::text)));

-- Read the records of the next customers who said yes, after this one, with what opens them: one batch, one statement.
-- Each customer comes at least once, without a record where none may be counted, so that the reader knows where to go
-- on. It runs as its caller, so the policy decides. A door that is closed, or closes meanwhile, is an error: an empty
-- batch would pass for nothing to count.
CREATE FUNCTION portal.read_statistics(opening uuid, after uuid, most int)
    RETURNS TABLE (customer uuid, record uuid, sealed text, digest bytea, kid text, wrapped bytea)
    LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, portal, public, pg_temp
AS $$
DECLARE
    door statistics_door;
BEGIN
    PERFORM set_config('portal.opening', opening::text, true);
    door := open_statistics();
    RETURN QUERY
        SELECT c.customer_id, r.id, r.sealed::text, f.digest, k.kid::text, k.wrapped
        FROM (SELECT n.customer_id FROM choices_choice AS n
              WHERE n.purpose_id = door.purpose AND n.customer_id > after
                AND n.status IN ('ConsentGiven', 'RenewedConsentGiven')
              ORDER BY n.customer_id LIMIT most) AS c
        -- Customer by customer (OFFSET 0): whatever the planner believes, never through the whole vault.
        LEFT JOIN LATERAL (
            SELECT v.id, v.sealed FROM vault_record AS v
            WHERE v.customer_id = c.customer_id AND v.category_id = door.category OFFSET 0) AS r ON true
        LEFT JOIN vault_fingerprint AS f ON f.record = r.id
        LEFT JOIN people_customerkey AS k ON k.customer_id = c.customer_id AND r.id IS NOT NULL
        ORDER BY c.customer_id;
    IF (open_statistics()).category IS NULL THEN
        PERFORM portal.refuse('the opening for statistics shows nothing', 'statistics_door_closed');
    END IF;
    PERFORM set_config('portal.opening', '', true);
END $$;
GRANT EXECUTE ON FUNCTION portal.read_statistics TO portal_app;
