-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- The end of a purpose takes two privacy officers (people/sql/two_officers.sql). With the approval the purpose ends.
CREATE TRIGGER catalogue_retirement_frozen BEFORE INSERT OR UPDATE ON catalogue_retirement
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_change_of_proposal('the end of a purpose', '{privacy_officer}');
CREATE CONSTRAINT TRIGGER catalogue_retirement_on_record AFTER INSERT OR UPDATE ON catalogue_retirement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_proposal('the end of a purpose', 'purpose_id', 'retirement.proposed', '',
                                                'retirement.cancelled', 'retirement', 'id');
CREATE FUNCTION require_end_of_purpose() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM catalogue_purpose AS p WHERE p.id = NEW.purpose_id AND p.retired_at = NEW.approved_at) THEN
        PERFORM portal.refuse('with the approval the purpose ends', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER catalogue_retirement_takes_effect AFTER UPDATE ON catalogue_retirement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.approved_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_end_of_purpose();

-- The entry of the end names both officers; in a restoration, which repeats an end, neither.
CREATE FUNCTION require_entry_for_end_of_purpose() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    officers CONSTANT jsonb := (
        SELECT jsonb_build_object('retirement', r.id, 'proposed_by', r.proposed_by_id, 'confirmed_by', r.approved_by_id)
        FROM catalogue_retirement AS r WHERE r.purpose_id = NEW.id AND r.approved_at = NEW.retired_at);
BEGIN
    IF NOT is_on_record(NEW.id::text, NULL, 'purpose.retired', NULL, coalesce(officers, '{}')) THEN
        PERFORM portal.refuse('a purpose can only be retired with an entry that names both officers', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER catalogue_purpose_retired_on_record
    AFTER INSERT OR UPDATE ON catalogue_purpose DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.retired_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_end_of_purpose();
