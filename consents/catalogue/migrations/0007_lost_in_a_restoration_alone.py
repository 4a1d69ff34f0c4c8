"""A version that came into force after the backup that was restored is noted, without its words, in the restoration."""

from django.db import migrations

PUBLICATION = """
CREATE OR REPLACE FUNCTION refuse_publication() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    {lost}IF TG_OP = 'INSERT' THEN
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
"""
LOST = """IF NEW.lost AND NOT is_being_restored() THEN
        RAISE EXCEPTION 'a version is lost in a restoration alone' USING ERRCODE = 'restrict_violation';
    ELSIF NEW.lost THEN
        RETURN NEW;
    END IF;
    """


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0006_lost_versions"), ("ledger", "0007_closing_entries_are_noted")]
    operations = [migrations.RunSQL(PUBLICATION.format(lost=LOST), PUBLICATION.format(lost=""))]
