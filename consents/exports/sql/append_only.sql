-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- No row of these tables is changed or deleted, not even by the owner. ENABLE ALWAYS, so that
-- `session_replication_role = replica` does not silence the triggers.

CREATE TRIGGER exports_approval_append_only BEFORE UPDATE OR DELETE ON exports_approval
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exports_approval_no_truncate BEFORE TRUNCATE ON exports_approval
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER exports_export_append_only BEFORE UPDATE OR DELETE ON exports_export
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exports_export_no_truncate BEFORE TRUNCATE ON exports_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER exports_exportresult_append_only BEFORE UPDATE OR DELETE ON exports_exportresult
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exports_exportresult_no_truncate BEFORE TRUNCATE ON exports_exportresult
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
