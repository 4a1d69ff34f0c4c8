-- Promise 8 (consents/DESIGN.md): Acknowledged is durable; retried is harmless.
--
-- A form that is sent twice counts once.

-- A submission never changes, and is kept while the form it came from might be sent again.
CREATE FUNCTION refuse_change_of_submission() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.sent_at := portal.clock();
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' OR OLD.sent_at > portal.clock() - interval '1 day' THEN
        RAISE EXCEPTION 'a submission cannot be changed, nor deleted within a day'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER people_submission_kept BEFORE INSERT OR UPDATE OR DELETE ON people_submission
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_submission();
ALTER TABLE people_submission ENABLE ALWAYS TRIGGER people_submission_kept;
