-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- The catalogue changes with its ledger entry or not at all: what customers are asked begins here, so whoever holds the
-- application's password leaves a trace before anyone is shown another word.

-- Arguments: the column with the id that the entry names, its event, and the column of the officer in whose name it is,
-- where the row has one. The entry names the purpose, version, category or recipient; parts are recorded with their whole.
CREATE FUNCTION require_entry_for_catalogue() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    was CONSTANT text := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ->> TG_ARGV[0] END;
    becomes CONSTANT text := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ->> TG_ARGV[0] END;
    officer CONSTANT uuid := to_jsonb(NEW) ->> TG_ARGV[2];
BEGIN
    IF NOT (is_on_record(coalesce(was, becomes), NULL, TG_ARGV[1], NULL, '{}', officer)
            AND is_on_record(coalesce(becomes, was), NULL, TG_ARGV[1], NULL, '{}', officer)) THEN
        PERFORM portal.refuse('the catalogue can only change with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER catalogue_category_on_record
    AFTER INSERT OR UPDATE OR DELETE ON catalogue_category DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('id', 'category.%');
CREATE CONSTRAINT TRIGGER catalogue_category_published_on_record
    AFTER INSERT OR UPDATE ON catalogue_category DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.published AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('id', 'category.published');
CREATE CONSTRAINT TRIGGER catalogue_field_on_record
    AFTER INSERT OR UPDATE OR DELETE ON catalogue_field DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('category_id', 'category.%');
CREATE CONSTRAINT TRIGGER catalogue_recipient_on_record
    AFTER INSERT OR UPDATE OR DELETE ON catalogue_recipient DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('id', 'recipient.%');
CREATE CONSTRAINT TRIGGER catalogue_purpose_on_record
    AFTER INSERT OR UPDATE OR DELETE ON catalogue_purpose DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('id', 'purpose.%');
CREATE CONSTRAINT TRIGGER catalogue_purposeversion_on_record
    AFTER INSERT OR UPDATE OR DELETE ON catalogue_purposeversion DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('id', 'purpose_version.%');
CREATE CONSTRAINT TRIGGER catalogue_purposeversion_published_on_record
    AFTER INSERT OR UPDATE ON catalogue_purposeversion DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.published_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('id', 'purpose_version.published', 'published_by_id');
CREATE CONSTRAINT TRIGGER catalogue_notice_on_record
    AFTER INSERT OR UPDATE OR DELETE ON catalogue_notice DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('version_id', 'purpose_version.%');
CREATE CONSTRAINT TRIGGER catalogue_purposeversion_categories_on_record
    AFTER INSERT OR UPDATE OR DELETE ON catalogue_purposeversion_categories DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('purposeversion_id', 'purpose_version.%');
CREATE CONSTRAINT TRIGGER catalogue_purposeversion_recipients_on_record
    AFTER INSERT OR UPDATE OR DELETE ON catalogue_purposeversion_recipients DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('purposeversion_id', 'purpose_version.%');
CREATE CONSTRAINT TRIGGER catalogue_purposeversion_writers_on_record
    AFTER INSERT OR UPDATE OR DELETE ON catalogue_purposeversion_writers DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_catalogue('purposeversion_id', 'purpose_version.%');
