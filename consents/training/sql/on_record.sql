-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Modules, tries and attestations are written together with their ledger entry, or not at all.

-- Arguments: the column with the id that the entry names, its event, and the column of the person in whose name it is.
CREATE FUNCTION require_entry_for_training() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(to_jsonb(NEW) ->> TG_ARGV[0], NULL, TG_ARGV[1], NULL, '{}',
                        (to_jsonb(NEW) ->> TG_ARGV[2])::uuid) THEN
        PERFORM portal.refuse('training can only be recorded with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER training_moduleversion_on_record
    AFTER INSERT OR UPDATE ON training_moduleversion DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_training('id', 'training_module.%');
CREATE CONSTRAINT TRIGGER training_moduleversion_published_on_record
    AFTER INSERT OR UPDATE ON training_moduleversion DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.published_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_training('id', 'training_module.published', 'published_by_id');
CREATE CONSTRAINT TRIGGER training_attempt_on_record AFTER INSERT ON training_attempt
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_training('id', 'training.tried', 'member_id');
CREATE CONSTRAINT TRIGGER training_attestation_on_record AFTER INSERT ON training_attestation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_training('attempt_id', 'training.attested', 'member_id');
