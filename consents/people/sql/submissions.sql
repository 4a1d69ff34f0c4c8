-- Promise 8 (consents/DESIGN.md): Acknowledged is durable; retried is harmless.
--
-- A form that is sent twice counts once.

-- A submission never changes, and is kept while the form it came from might be sent again.
CREATE FUNCTION refuse_change_of_submission() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.sent_at := portal.clock();
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' OR OLD.sent_at > portal.clock() - interval '1 day' THEN
        PERFORM portal.refuse('a submission cannot be changed, nor deleted within a day', TG_NAME);
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER people_submission_kept BEFORE INSERT OR UPDATE OR DELETE ON people_submission
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_submission();

-- Hold the form, and return what its submission was and made, if there was one; else put on record where this one came
-- from, if that is given. One round trip for what each form begins with. VOLATILE: after waiting for the lock, the inner
-- SELECT sees what the other submission has committed. The space of locks is apart from that of customers and users.
CREATE FUNCTION portal.begin_submission(
    by_user uuid, form uuid, evidence uuid, from_network text, from_browser text, in_language text
) RETURNS TABLE (content bytea, made text) LANGUAGE plpgsql VOLATILE SECURITY INVOKER
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(by_user || ' ' || form, 1));
    RETURN QUERY SELECT s.content, s.made::text FROM people_submission AS s WHERE s.user_id = by_user AND s.token = form;
    IF NOT FOUND AND evidence IS NOT NULL THEN
        INSERT INTO people_evidence (id, "user", network, browser, language)
            VALUES (evidence, by_user, from_network, from_browser, in_language);
    END IF;
END $$;
GRANT EXECUTE ON FUNCTION portal.begin_submission TO portal_app;
