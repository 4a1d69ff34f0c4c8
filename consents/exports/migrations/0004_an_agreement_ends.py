"""Nothing with personal columns is finished once the agreement to them is over."""

from django.db import migrations


def agreed_to(still: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION refuse_result_not_agreed_to() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM exports_export AS e WHERE e.id = NEW.export_id AND e.personal
               AND NOT EXISTS (SELECT FROM exports_approval AS a WHERE a.export_id = e.id{still})) THEN
        RAISE EXCEPTION 'personal columns are taken out once a second officer agreed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
"""


# A week, and the half hour that what was begun in it may take at most.
ENDS = " AND a.approved_at > portal_now() - interval '7 days 30 minutes'"


class Migration(migrations.Migration):
    dependencies = [("exports", "0003_two_officers_and_on_record")]
    operations = [migrations.RunSQL(agreed_to(ENDS), agreed_to(""))]
