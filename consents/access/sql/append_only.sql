-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- No row of these tables is changed or deleted, not even by the owner. ENABLE ALWAYS, so that
-- `session_replication_role = replica` does not silence the triggers.

CREATE TRIGGER access_answer_append_only BEFORE UPDATE OR DELETE ON access_answer
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_answer_no_truncate BEFORE TRUNCATE ON access_answer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER access_assent_append_only BEFORE UPDATE OR DELETE ON access_assent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_assent_no_truncate BEFORE TRUNCATE ON access_assent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER access_requestedcategory_append_only BEFORE UPDATE OR DELETE ON access_requestedcategory
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_requestedcategory_no_truncate BEFORE TRUNCATE ON access_requestedcategory
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
