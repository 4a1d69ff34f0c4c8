-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- The end of a purpose begins as a privacy officer's proposal, and is confirmed by another one, taken back or refused,
-- once and now. Who asked and who decided stays on record.
CREATE FUNCTION refuse_change_of_retirement() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
DECLARE
    confirming CONSTANT text[] := ARRAY['confirmed_by_id', 'confirmed_at'];
    cancelling CONSTANT text[] := ARRAY['cancelled_by_id', 'cancelled_at'];
    officers CONSTANT text[] := ARRAY['privacy_officer'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF is_now(NEW.proposed_at) AND NEW.confirmed_at IS NULL AND NEW.cancelled_at IS NULL
           AND is_officer(NEW.proposed_by_id, officers) THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.confirmed_at IS NULL AND OLD.cancelled_at IS NULL AND (
        is_now(NEW.confirmed_at) AND to_jsonb(OLD) - confirming = to_jsonb(NEW) - confirming
            AND is_officer(NEW.confirmed_by_id, officers) AND is_officer(NEW.proposed_by_id, officers)
        OR is_now(NEW.cancelled_at) AND to_jsonb(OLD) - cancelling = to_jsonb(NEW) - cancelling
            AND is_officer(NEW.cancelled_by_id, officers)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the end of a purpose can only be proposed, and then confirmed or cancelled, by officers, now'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER catalogue_retirement_frozen BEFORE INSERT OR UPDATE ON catalogue_retirement
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_retirement();
ALTER TABLE catalogue_retirement ENABLE ALWAYS TRIGGER catalogue_retirement_frozen;

-- Each step has its ledger entry, which names the officer; with a confirmation the purpose ends.
CREATE FUNCTION require_entry_for_retirement() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    IF NOT (CASE
        WHEN NEW.cancelled_at IS NOT NULL THEN
            is_on_record(NEW.purpose_id::text, NULL, 'retirement.cancelled', NULL,
                         jsonb_build_object('retirement', NEW.id, 'officer', NEW.cancelled_by_id), NEW.cancelled_by_id)
        WHEN NEW.confirmed_at IS NOT NULL THEN
            EXISTS (SELECT FROM catalogue_purpose AS p
                    WHERE p.id = NEW.purpose_id AND p.retired_at = NEW.confirmed_at)
        ELSE
            is_on_record(NEW.purpose_id::text, NULL, 'retirement.proposed', NULL,
                         jsonb_build_object('retirement', NEW.id, 'officer', NEW.proposed_by_id),
                         NEW.proposed_by_id) END) THEN
        RAISE EXCEPTION 'the end of a purpose can only take a step with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER catalogue_retirement_on_record AFTER INSERT OR UPDATE ON catalogue_retirement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_retirement();
ALTER TABLE catalogue_retirement ENABLE ALWAYS TRIGGER catalogue_retirement_on_record;

-- The entry of the end names both officers; in a restoration, which repeats an end, neither.
CREATE FUNCTION require_entry_for_end_of_purpose() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
DECLARE
    officers CONSTANT jsonb := (
        SELECT jsonb_build_object('retirement', r.id, 'proposed_by', r.proposed_by_id, 'confirmed_by', r.confirmed_by_id)
        FROM catalogue_retirement AS r WHERE r.purpose_id = NEW.id AND r.confirmed_at = NEW.retired_at);
BEGIN
    IF NOT is_on_record(NEW.id::text, NULL, 'purpose.retired', NULL, coalesce(officers, '{}')) THEN
        RAISE EXCEPTION 'a purpose can only be retired with an entry that names both officers'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER catalogue_purpose_retired_on_record
    AFTER INSERT OR UPDATE ON catalogue_purpose DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.retired_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_end_of_purpose();
ALTER TABLE catalogue_purpose ENABLE ALWAYS TRIGGER catalogue_purpose_retired_on_record;
