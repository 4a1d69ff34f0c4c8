-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Nothing is requested, approved or taken out without its ledger entry.

-- The argument is the event.
CREATE FUNCTION require_entry_for_export() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    row CONSTANT jsonb := to_jsonb(NEW);
    facts jsonb;
BEGIN
    -- What the entry says of it, by the names of the columns.
    facts := CASE TG_TABLE_NAME
        WHEN 'exports_export' THEN jsonb_build_object('chosen', row -> 'chosen', 'format', row -> 'format',
            'from', row -> 'from_date', 'officer', row -> 'made_by_id', 'personal', row -> 'personal',
            'until', row -> 'until_date')
        WHEN 'exports_approval' THEN jsonb_build_object('officer', row -> 'approved_by_id')
        ELSE jsonb_build_object('rows', row -> 'rows', 'sha256', row -> 'sha256', 'size', row -> 'size',
            'manifest', row -> 'manifest') END;
    IF NOT is_on_record(coalesce(row ->> 'id', row ->> 'export_id'), NULL, TG_ARGV[0], row ->> 'dataset', facts,
                        coalesce(row ->> 'made_by_id', row ->> 'approved_by_id')::uuid) THEN
        PERFORM portal.refuse('records leave with their ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER exports_export_on_record AFTER INSERT ON exports_export
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_export('export.made');
CREATE CONSTRAINT TRIGGER exports_approval_on_record AFTER INSERT ON exports_approval
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_export('export.approved');
CREATE CONSTRAINT TRIGGER exports_exportresult_on_record AFTER INSERT ON exports_exportresult
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_export('export.finished');
