-- Promise 3 (consents/DESIGN.md): The vault opens only to an opening already on record.
--
-- A purpose that lists teams is for their members alone: requests are refused by `access/sql/teams.sql`, looks by the
-- door of the vault. A team counts by its name now, whatever the capitals: who has left it, or whose team has another
-- name, is in it no longer.
CREATE FUNCTION portal.is_for_team_of(of_purpose bigint, member uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM catalogue_purpose AS p
    WHERE p.id = of_purpose
      AND (p.teams = '[]'
           OR EXISTS (SELECT FROM people_staffmember AS s, jsonb_array_elements_text(p.teams) AS listed(team)
                      WHERE s.user_id = member AND lower(btrim(s.team)) = lower(btrim(listed.team)))))
$$;
GRANT EXECUTE ON FUNCTION portal.is_for_team_of TO portal_app;

-- Which teams may ask changes with an entry that names exactly these.
CREATE FUNCTION require_entry_for_teams() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF (TG_OP = 'INSERT' OR OLD.teams <> NEW.teams)
       AND NOT EXISTS (SELECT FROM ledger_entry AS e
                       WHERE e.object = NEW.id::text AND e.event IN ('purpose.drafted', 'purpose.changed')
                         AND e.occurred_at >= now() + portal.clock_offset()
                         AND e.details::jsonb -> 'teams' = NEW.teams AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('the teams of a purpose can only change with an entry that names them', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER catalogue_purpose_teams_on_record AFTER INSERT OR UPDATE ON catalogue_purpose
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_teams();
