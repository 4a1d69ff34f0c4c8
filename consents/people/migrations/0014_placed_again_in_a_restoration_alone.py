"""A hold that a restored backup does not know is placed again, under its old number, only in the restoration.

Whoever placed it, and the day on which it is looked at again, were judged the first time: the officer may have left or
be unknown to the backup, the day may have passed.
"""

from django.db import migrations

HOLDS = """
CREATE OR REPLACE FUNCTION refuse_change_of_hold() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {again}IF NOT is_now(NEW.placed_at) OR NEW.lifted_at IS NOT NULL
           OR {first}(NOT is_officer(NEW.placed_by_id, ARRAY['compliance_officer'])
           OR NEW.review_on <= (NEW.placed_at AT TIME ZONE 'UTC')::date
           OR NEW.review_on > (NEW.placed_at AT TIME ZONE 'UTC')::date + 366) THEN
            RAISE EXCEPTION 'a hold is placed now, by a compliance officer, to be looked at within a year'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    ELSIF to_jsonb(OLD) - ARRAY['lifted_by_id', 'lifted_at'] IS DISTINCT FROM
          to_jsonb(NEW) - ARRAY['lifted_by_id', 'lifted_at']
       OR OLD.lifted_at IS NOT NULL OR NOT is_now(NEW.lifted_at)
       OR NOT is_officer(NEW.lifted_by_id, ARRAY['compliance_officer']) THEN
        RAISE EXCEPTION 'a hold is only lifted, once, now, by a compliance officer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
"""
AGAIN = """IF NEW.original IS NOT NULL AND NOT is_being_restored() THEN
            RAISE EXCEPTION 'a hold is placed again only in a restoration'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        """


class Migration(migrations.Migration):
    dependencies = [("people", "0013_holds_placed_again")]
    operations = [
        migrations.RunSQL(
            HOLDS.format(again=AGAIN, first="NEW.original IS NULL AND "), HOLDS.format(again="", first="")
        )
    ]
