-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Nothing is dated back or ahead: the week in which an approval counts begins when it is given.

-- The argument names the column of the moment.
CREATE FUNCTION check_export_moment() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now((to_jsonb(NEW) ->> TG_ARGV[0])::timestamptz) THEN
        PERFORM portal.refuse('records are asked for, agreed to and taken out now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exports_export_is_now BEFORE INSERT ON exports_export
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_export_moment('made_at');
CREATE TRIGGER exports_approval_is_now BEFORE INSERT ON exports_approval
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_export_moment('approved_at');
CREATE TRIGGER exports_exportresult_is_now BEFORE INSERT ON exports_exportresult
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_export_moment('finished_at');
