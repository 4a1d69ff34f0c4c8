"""A published version never changes: neither its facts nor its words, kinds of data and recipients.

It is published whole, and by an officer who wrote none of it. A retired purpose stays retired.
"""

from django.db import migrations

# The pinned path keeps a temporary table from standing in for a real one.
FORWARD = """
CREATE FUNCTION refuse_change_of_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'a published version is frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_purposeversion_frozen BEFORE UPDATE OR DELETE ON catalogue_purposeversion
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_version();

-- Of notices, categories, recipients and writers. FOR SHARE: whoever publishes at this moment is waited for.
CREATE FUNCTION refuse_change_of_published_parts() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    was bigint := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE (to_jsonb(OLD) ->> TG_ARGV[0])::bigint END;
    is_now bigint := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE (to_jsonb(NEW) ->> TG_ARGV[0])::bigint END;
    at timestamptz;
BEGIN
    FOR at IN SELECT v.published_at FROM catalogue_purposeversion AS v WHERE v.id IN (was, is_now) FOR SHARE LOOP
        IF at IS NOT NULL THEN
            RAISE EXCEPTION 'a published version is frozen' USING ERRCODE = 'restrict_violation';
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

-- Who once wrote of a draft stays a writer of it.
CREATE TRIGGER catalogue_purposeversion_writers_stay BEFORE UPDATE OR DELETE ON catalogue_purposeversion_writers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_change_of_published_recipient() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM catalogue_purposeversion_recipients AS r
               JOIN catalogue_purposeversion AS v ON v.id = r.purposeversion_id
               WHERE r.recipient_id = OLD.id AND v.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a published version names this recipient' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_recipient_frozen BEFORE UPDATE OR DELETE ON catalogue_recipient
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_recipient();

-- A draft becomes a published version whole, in one step, by a second officer.
CREATE FUNCTION refuse_publication() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        RAISE EXCEPTION 'a version begins as a draft' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM catalogue_purposeversion_writers AS w
               WHERE w.purposeversion_id = NEW.id AND w.user_id = NEW.published_by_id) THEN
        RAISE EXCEPTION 'who wrote a version does not publish it' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM FROM catalogue_recipient AS r JOIN catalogue_purposeversion_recipients AS n ON n.recipient_id = r.id
        WHERE n.purposeversion_id = NEW.id FOR SHARE OF r;
    PERFORM FROM catalogue_category AS c JOIN catalogue_purposeversion_categories AS n ON n.category_id = c.id
        WHERE n.purposeversion_id = NEW.id FOR SHARE OF c;
    IF NOT EXISTS (SELECT FROM catalogue_notice AS n WHERE n.version_id = NEW.id)
        OR EXISTS (SELECT FROM catalogue_notice AS n WHERE n.version_id = NEW.id AND n.hash = '')
        OR NOT EXISTS (SELECT FROM catalogue_purposeversion_categories AS n WHERE n.purposeversion_id = NEW.id)
        OR EXISTS (SELECT FROM catalogue_purposeversion_categories AS n
                   JOIN catalogue_category AS c ON c.id = n.category_id
                   WHERE n.purposeversion_id = NEW.id AND NOT c.published) THEN
        RAISE EXCEPTION 'a version is published whole' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalogue_purposeversion_begins_as_draft BEFORE INSERT ON catalogue_purposeversion
    FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION refuse_publication();
CREATE TRIGGER catalogue_purposeversion_published_whole BEFORE UPDATE ON catalogue_purposeversion
    FOR EACH ROW WHEN (OLD.published_at IS NULL AND NEW.published_at IS NOT NULL) EXECUTE FUNCTION refuse_publication();

CREATE FUNCTION refuse_change_of_retired_purpose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a retired purpose stays retired' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER catalogue_purpose_retired_for_good BEFORE UPDATE OR DELETE ON catalogue_purpose
    FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_retired_purpose();

ALTER TABLE catalogue_purpose ENABLE ALWAYS TRIGGER catalogue_purpose_retired_for_good;
ALTER TABLE catalogue_notice ENABLE ALWAYS TRIGGER catalogue_notice_frozen;
ALTER TABLE catalogue_recipient ENABLE ALWAYS TRIGGER catalogue_recipient_frozen;
ALTER TABLE catalogue_purposeversion ENABLE ALWAYS TRIGGER catalogue_purposeversion_frozen;
ALTER TABLE catalogue_purposeversion ENABLE ALWAYS TRIGGER catalogue_purposeversion_begins_as_draft;
ALTER TABLE catalogue_purposeversion ENABLE ALWAYS TRIGGER catalogue_purposeversion_published_whole;
ALTER TABLE catalogue_purposeversion_categories ENABLE ALWAYS TRIGGER catalogue_purposeversion_categories_frozen;
ALTER TABLE catalogue_purposeversion_recipients ENABLE ALWAYS TRIGGER catalogue_purposeversion_recipients_frozen;
ALTER TABLE catalogue_purposeversion_writers ENABLE ALWAYS TRIGGER catalogue_purposeversion_writers_frozen;
ALTER TABLE catalogue_purposeversion_writers ENABLE ALWAYS TRIGGER catalogue_purposeversion_writers_stay;
"""

BACK = """
DROP TRIGGER catalogue_purpose_retired_for_good ON catalogue_purpose;
DROP TRIGGER catalogue_purposeversion_published_whole ON catalogue_purposeversion;
DROP TRIGGER catalogue_purposeversion_begins_as_draft ON catalogue_purposeversion;
DROP TRIGGER catalogue_recipient_frozen ON catalogue_recipient;
DROP TRIGGER catalogue_purposeversion_writers_stay ON catalogue_purposeversion_writers;
DROP TRIGGER catalogue_purposeversion_writers_frozen ON catalogue_purposeversion_writers;
DROP TRIGGER catalogue_purposeversion_recipients_frozen ON catalogue_purposeversion_recipients;
DROP TRIGGER catalogue_purposeversion_categories_frozen ON catalogue_purposeversion_categories;
DROP TRIGGER catalogue_notice_frozen ON catalogue_notice;
DROP TRIGGER catalogue_purposeversion_frozen ON catalogue_purposeversion;
DROP FUNCTION refuse_change_of_retired_purpose; DROP FUNCTION refuse_publication;
DROP FUNCTION refuse_change_of_published_recipient;
DROP FUNCTION refuse_change_of_published_parts; DROP FUNCTION refuse_change_of_published_version;
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial"), ("ledger", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
