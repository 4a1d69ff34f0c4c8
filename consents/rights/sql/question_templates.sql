-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- A ready-made question changes with its ledger entry or not at all: customers read its words.
CREATE FUNCTION require_entry_for_question_template() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(NEW.id::text, NULL, 'question_template.saved', NEW.code, '{}') THEN
        PERFORM portal.refuse('a ready-made question can only change with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_questiontemplate_on_record AFTER INSERT OR UPDATE ON rights_questiontemplate
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_question_template();
