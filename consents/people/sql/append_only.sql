-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- No row of these tables is changed or deleted, not even by the owner. ENABLE ALWAYS, so that
-- `session_replication_role = replica` does not silence the triggers.

CREATE TRIGGER people_erasedreference_append_only BEFORE UPDATE OR DELETE ON people_erasedreference
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER people_erasedreference_no_truncate BEFORE TRUNCATE ON people_erasedreference
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
