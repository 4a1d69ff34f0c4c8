-- Promise 2 (consents/DESIGN.md): What was approved is what was shown.
-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- A ready-made sentence begins as a draft, is published by a privacy officer, now, and never changes after that; it is
-- retired by one, now, and stays so.
CREATE FUNCTION refuse_change_of_sentence_template() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    retiring CONSTANT text[] := ARRAY['retired_at', 'retired_by_id'];
    officers CONSTANT text[] := ARRAY['privacy_officer'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.published_at IS NULL THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.published_at IS NULL THEN
        IF (OLD.id, OLD.code, OLD.number) = (NEW.id, NEW.code, NEW.number) AND NEW.retired_at IS NULL
           AND (NEW.published_at IS NULL OR is_now(NEW.published_at) AND is_officer(NEW.published_by_id, officers)) THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.retired_at IS NULL AND to_jsonb(OLD) - retiring = to_jsonb(NEW) - retiring
          AND is_now(NEW.retired_at) AND is_officer(NEW.retired_by_id, officers) THEN
        RETURN NEW;
    END IF;
    PERFORM portal.refuse(
        'a ready-made sentence can only be drafted, published and retired by privacy officers, now', TG_NAME);
END $$;
CREATE TRIGGER access_sentencetemplate_frozen BEFORE INSERT OR UPDATE ON access_sentencetemplate
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_sentence_template();

-- Each step has its ledger entry.
CREATE FUNCTION require_entry_for_sentence_template() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    event CONSTANT text := CASE WHEN NEW.retired_at IS NOT NULL THEN 'sentence_template.retired'
                                WHEN NEW.published_at IS NOT NULL THEN 'sentence_template.published'
                                WHEN TG_OP = 'INSERT' THEN 'sentence_template.drafted'
                                ELSE 'sentence_template.changed' END;
BEGIN
    IF NOT is_on_record(NEW.id::text, NULL, event, NEW.code, jsonb_build_object('number', NEW.number),
                        coalesce(NEW.retired_by_id, NEW.published_by_id)) THEN
        PERFORM portal.refuse('a ready-made sentence can only change with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_sentencetemplate_on_record AFTER INSERT OR UPDATE ON access_sentencetemplate
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_sentence_template();
