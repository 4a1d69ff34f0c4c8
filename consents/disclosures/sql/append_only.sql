-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- No row of these tables is changed or deleted, not even by the owner. ENABLE ALWAYS, so that
-- `session_replication_role = replica` does not silence the triggers.

CREATE TRIGGER disclosures_opening_append_only BEFORE UPDATE OR DELETE ON disclosures_opening
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER disclosures_opening_no_truncate BEFORE TRUNCATE ON disclosures_opening
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
