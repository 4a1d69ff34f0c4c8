"""A published version never changes: neither its words nor its categories."""

from django.db import migrations

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

-- The pinned path keeps a temporary table from standing in for the real one.
CREATE FUNCTION refuse_change_of_published_categories() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM catalogue_purposeversion AS v
               WHERE v.id IN (OLD.purposeversion_id, NEW.purposeversion_id) AND v.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a published version is frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_purposeversion_categories_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON catalogue_purposeversion_categories
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_categories();
ALTER TABLE catalogue_purposeversion ENABLE ALWAYS TRIGGER catalogue_purposeversion_frozen;
ALTER TABLE catalogue_purposeversion_categories
    ENABLE ALWAYS TRIGGER catalogue_purposeversion_categories_frozen;
"""

BACK = """
DROP TRIGGER catalogue_purposeversion_categories_frozen ON catalogue_purposeversion_categories;
DROP TRIGGER catalogue_purposeversion_frozen ON catalogue_purposeversion;
DROP FUNCTION refuse_change_of_published_categories; DROP FUNCTION refuse_change_of_published_version;
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
