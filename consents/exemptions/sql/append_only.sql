-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- No row of these tables is changed or deleted, not even by the owner.

CREATE TRIGGER exemptions_exemptedcategory_append_only BEFORE UPDATE OR DELETE ON exemptions_exemptedcategory
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exemptions_exemptedcategory_no_truncate BEFORE TRUNCATE ON exemptions_exemptedcategory
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER exemptions_delay_append_only BEFORE UPDATE OR DELETE ON exemptions_delay
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exemptions_delay_no_truncate BEFORE TRUNCATE ON exemptions_delay
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
