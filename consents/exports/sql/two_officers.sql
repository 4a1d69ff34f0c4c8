-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Personal columns leave by two officers.

-- A second compliance officer approves an export with personal columns.
CREATE FUNCTION require_second_officer() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM exports_export AS e
                   WHERE e.id = NEW.export_id AND e.personal AND e.made_by_id <> NEW.approved_by_id)
       OR NOT EXISTS (SELECT FROM people_staffmember AS s
                      WHERE s.user_id = NEW.approved_by_id AND s.role = 'compliance_officer'
                        AND s.ended_at IS NULL) THEN
        PERFORM portal.refuse('another compliance officer than the one who asked agrees to personal columns', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exports_approval_second_officer BEFORE INSERT ON exports_approval
    FOR EACH ROW EXECUTE FUNCTION require_second_officer();

-- Such an export is finished only while the approval counts: a week, and the half hour that an export begun in it may
-- take at most.
CREATE FUNCTION require_approval_for_result() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM exports_export AS e WHERE e.id = NEW.export_id AND e.personal
               AND NOT EXISTS (SELECT FROM exports_approval AS a WHERE a.export_id = e.id
                                 AND a.approved_at > portal.clock() - interval '7 days 30 minutes')) THEN
        PERFORM portal.refuse('personal columns are taken out once a second officer agreed', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exports_exportresult_approved BEFORE INSERT ON exports_exportresult
    FOR EACH ROW EXECUTE FUNCTION require_approval_for_result();
