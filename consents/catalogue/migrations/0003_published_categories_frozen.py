"""A published category never changes: neither itself, nor what it consists of, nor back into a draft.

`refuse_change_of_part_of_published_category` serves any table that points to its category by `category_id`.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_change_of_published_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published AND OLD IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'a published category is frozen' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_category_frozen BEFORE UPDATE OR DELETE ON catalogue_category
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_category();
ALTER TABLE catalogue_category ENABLE ALWAYS TRIGGER catalogue_category_frozen;

CREATE FUNCTION refuse_change_of_part_of_published_category() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
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
            RAISE EXCEPTION 'a published category is frozen'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER catalogue_field_frozen BEFORE INSERT OR UPDATE OR DELETE ON catalogue_field
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_part_of_published_category();
ALTER TABLE catalogue_field ENABLE ALWAYS TRIGGER catalogue_field_frozen;
"""

BACK = """
DROP TRIGGER catalogue_field_frozen ON catalogue_field; DROP FUNCTION refuse_change_of_part_of_published_category;
DROP TRIGGER catalogue_category_frozen ON catalogue_category; DROP FUNCTION refuse_change_of_published_category;
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_frozen_once_published")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
