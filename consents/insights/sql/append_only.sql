-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- What was asked and what was answered stays as it is, also for the owner.

CREATE TRIGGER insights_insight_append_only BEFORE UPDATE OR DELETE ON insights_insight
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER insights_insight_no_truncate BEFORE TRUNCATE ON insights_insight
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER insights_result_append_only BEFORE UPDATE OR DELETE ON insights_result
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER insights_result_no_truncate BEFORE TRUNCATE ON insights_result
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER insights_cell_append_only BEFORE UPDATE OR DELETE ON insights_cell
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER insights_cell_no_truncate BEFORE TRUNCATE ON insights_cell
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
