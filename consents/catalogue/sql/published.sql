-- Promise 2 (consents/DESIGN.md): What was approved is what was shown.
--
-- What has been published never changes: customers have read it.

-- A published version of a purpose is frozen.
CREATE FUNCTION refuse_change_of_published_version() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        PERFORM portal.refuse('a published version is frozen');
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_purposeversion_frozen BEFORE UPDATE OR DELETE ON catalogue_purposeversion
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_version();

-- Of notices, categories, recipients and writers. FOR SHARE: whoever publishes at this moment is waited for.
CREATE FUNCTION refuse_change_of_published_parts() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    was CONSTANT bigint := to_jsonb(OLD) ->> TG_ARGV[0];
    becomes CONSTANT bigint := to_jsonb(NEW) ->> TG_ARGV[0];
    at timestamptz;
BEGIN
    FOR at IN SELECT v.published_at FROM catalogue_purposeversion AS v WHERE v.id IN (was, becomes) FOR SHARE LOOP
        IF at IS NOT NULL THEN
            PERFORM portal.refuse('a published version is frozen');
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_notice_frozen BEFORE INSERT OR UPDATE OR DELETE ON catalogue_notice
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_parts('version_id');
CREATE TRIGGER catalogue_purposeversion_categories_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON catalogue_purposeversion_categories
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_parts('purposeversion_id');
CREATE TRIGGER catalogue_purposeversion_recipients_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON catalogue_purposeversion_recipients
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_parts('purposeversion_id');
CREATE TRIGGER catalogue_purposeversion_writers_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON catalogue_purposeversion_writers
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_parts('purposeversion_id');

-- Whoever once wrote of a draft stays a writer of it.
CREATE TRIGGER catalogue_purposeversion_writers_stay BEFORE UPDATE OR DELETE ON catalogue_purposeversion_writers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A recipient that a published version names is frozen.
CREATE FUNCTION refuse_change_of_published_recipient() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM catalogue_purposeversion_recipients AS r
               JOIN catalogue_purposeversion AS v ON v.id = r.purposeversion_id
               WHERE r.recipient_id = OLD.id AND v.published_at IS NOT NULL) THEN
        PERFORM portal.refuse('a published version names this recipient, so it cannot be changed');
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_recipient_frozen BEFORE UPDATE OR DELETE ON catalogue_recipient
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_recipient();

-- A draft becomes a published version complete, in one step, now, by a privacy officer who wrote none of it. A version
-- that came into force after the backup that is being restored is noted without its words, in the restoration alone.
CREATE FUNCTION check_publication() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.lost AND NOT is_being_restored() THEN
        PERFORM portal.refuse('a version can only be marked as lost in a restoration');
    ELSIF NEW.lost THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        PERFORM portal.refuse('a new version must be a draft');
    END IF;
    -- By the ledger, too: whoever wrote past the pages might have left themselves out of the writers.
    IF EXISTS (SELECT FROM catalogue_purposeversion_writers AS w
               WHERE w.purposeversion_id = NEW.id AND w.user_id = NEW.published_by_id)
       OR EXISTS (SELECT FROM ledger_entry AS e
                  WHERE e.object = NEW.id::text AND e.event IN ('purpose_version.drafted', 'purpose_version.changed')
                    AND e.actor = NEW.published_by_id::text) THEN
        PERFORM portal.refuse('an officer who wrote a version cannot publish it');
    END IF;
    IF NOT is_now(NEW.published_at) OR NOT is_officer(NEW.published_by_id, ARRAY['privacy_officer']) THEN
        PERFORM portal.refuse('a version can only be published now, by a privacy officer', TG_NAME);
    END IF;
    PERFORM FROM catalogue_recipient AS r JOIN catalogue_purposeversion_recipients AS held ON held.recipient_id = r.id
        WHERE held.purposeversion_id = NEW.id FOR SHARE OF r;
    PERFORM FROM catalogue_category AS c JOIN catalogue_purposeversion_categories AS held ON held.category_id = c.id
        WHERE held.purposeversion_id = NEW.id FOR SHARE OF c;
    IF NOT EXISTS (SELECT FROM catalogue_notice AS n WHERE n.version_id = NEW.id)
        OR EXISTS (SELECT FROM catalogue_notice AS n WHERE n.version_id = NEW.id AND n.hash = '')
        OR NOT EXISTS (SELECT FROM catalogue_purposeversion_categories AS n WHERE n.purposeversion_id = NEW.id)
        OR EXISTS (SELECT FROM catalogue_purposeversion_categories AS n
                   JOIN catalogue_category AS c ON c.id = n.category_id
                   WHERE n.purposeversion_id = NEW.id AND NOT c.published) THEN
        PERFORM portal.refuse('a version must be complete to be published');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalogue_purposeversion_begins_as_draft BEFORE INSERT ON catalogue_purposeversion
    FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION check_publication();
CREATE TRIGGER catalogue_purposeversion_published_whole BEFORE UPDATE ON catalogue_purposeversion
    FOR EACH ROW WHEN (OLD.published_at IS NULL AND NEW.published_at IS NOT NULL) EXECUTE FUNCTION check_publication();

-- A purpose is retired now, and as a second officer approves it (retirements.sql): at that moment consent to it has
-- ended. It stays retired. What was retired after the backup that is being restored is retired again in the restoration.
CREATE FUNCTION check_purpose_retired_now() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.retired_at) THEN
        PERFORM portal.refuse('a purpose must be retired now', TG_NAME);
    END IF;
    IF NOT is_being_restored() AND NOT EXISTS (SELECT FROM catalogue_retirement AS r
                                               WHERE r.purpose_id = NEW.id AND r.approved_at = NEW.retired_at) THEN
        PERFORM portal.refuse('a purpose can only be retired by two officers', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalogue_purpose_retired_now BEFORE INSERT OR UPDATE ON catalogue_purpose
    FOR EACH ROW WHEN (NEW.retired_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION check_purpose_retired_now();
CREATE FUNCTION refuse_change_of_retired_purpose() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('a retired purpose stays retired');
END $$;
CREATE TRIGGER catalogue_purpose_retired_for_good BEFORE UPDATE OR DELETE ON catalogue_purpose
    FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_retired_purpose();

-- Consent is given to a purpose, which systems, receipts and the ledger know by its code: under another it would be
-- consent to something else.
CREATE FUNCTION refuse_other_code_of_purpose() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM catalogue_purposeversion AS v WHERE v.purpose_id = OLD.id AND v.published_at IS NOT NULL) THEN
        PERFORM portal.refuse('a purpose keeps its code once a version of it was published', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalogue_purpose_keeps_its_code BEFORE UPDATE ON catalogue_purpose
    FOR EACH ROW WHEN (NEW.code <> OLD.code) EXECUTE FUNCTION refuse_other_code_of_purpose();

-- A published category is frozen, and never becomes a draft again.
CREATE FUNCTION refuse_change_of_published_category() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.published AND OLD IS DISTINCT FROM NEW THEN
        PERFORM portal.refuse('a published category is frozen', TG_NAME);
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_category_frozen BEFORE UPDATE OR DELETE ON catalogue_category
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_category();

-- The same for tables that point to their category by `category_id`.
CREATE FUNCTION refuse_change_of_part_of_published_category() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    whole record;
BEGIN
    IF OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    -- The lock makes a publishing at the same moment come first or wait: it would not see this row.
    FOR whole IN SELECT c.published FROM catalogue_category AS c
                 WHERE c.id IN (OLD.category_id, NEW.category_id) ORDER BY c.id FOR SHARE LOOP
        IF whole.published THEN
            PERFORM portal.refuse('a published category is frozen', TG_NAME);
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_field_frozen BEFORE INSERT OR UPDATE OR DELETE ON catalogue_field
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_part_of_published_category();
