-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- No row of these tables is changed or deleted, not even by the owner.

CREATE TRIGGER breaches_breach_append_only BEFORE UPDATE OR DELETE ON breaches_breach
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER breaches_breach_no_truncate BEFORE TRUNCATE ON breaches_breach
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER breaches_assessment_append_only BEFORE UPDATE OR DELETE ON breaches_assessment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER breaches_assessment_no_truncate BEFORE TRUNCATE ON breaches_assessment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER breaches_authoritynotice_append_only BEFORE UPDATE OR DELETE ON breaches_authoritynotice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER breaches_authoritynotice_no_truncate BEFORE TRUNCATE ON breaches_authoritynotice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER breaches_announcementtext_append_only BEFORE UPDATE OR DELETE ON breaches_announcementtext
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER breaches_announcementtext_no_truncate BEFORE TRUNCATE ON breaches_announcementtext
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER breaches_closing_append_only BEFORE UPDATE OR DELETE ON breaches_closing
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER breaches_closing_no_truncate BEFORE TRUNCATE ON breaches_closing
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
