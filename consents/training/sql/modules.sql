-- Promise 13 (consents/DESIGN.md): Who looks knows the rules.
--
-- What has been published never changes: staff have attested to it. A version is published by a privacy officer, now.

CREATE FUNCTION refuse_change_of_published_module() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('a published module is frozen', TG_NAME);
END $$;
CREATE TRIGGER training_moduleversion_frozen BEFORE UPDATE OR DELETE ON training_moduleversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_published_module();

CREATE FUNCTION require_officer_for_module() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_officer(NEW.published_by_id, ARRAY['privacy_officer']) OR NOT is_now(NEW.published_at) THEN
        PERFORM portal.refuse('a module can only be published by a privacy officer, now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER training_moduleversion_of_officer BEFORE INSERT OR UPDATE ON training_moduleversion
    FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION require_officer_for_module();

-- The version in force: the newest published one. NULL when there is none.
CREATE FUNCTION portal.module_in_force(of_code text) RETURNS bigint LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT v.id FROM training_moduleversion AS v
WHERE v.code = of_code AND v.published_at IS NOT NULL ORDER BY v.number DESC LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION portal.module_in_force TO portal_app;
