"""A submission never changes and cannot be forgotten while the form it came from might be sent again."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_change_of_submission() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.sent_at := portal_now();
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' OR OLD.sent_at > portal_now() - interval '1 day' THEN
        RAISE EXCEPTION 'a submission is kept as it is, for a day'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER people_submission_kept BEFORE INSERT OR UPDATE OR DELETE ON people_submission
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_submission();
ALTER TABLE people_submission ENABLE ALWAYS TRIGGER people_submission_kept;
REVOKE UPDATE ON people_submission FROM portal_app;
"""

BACK = """
GRANT UPDATE ON people_submission TO portal_app;
DROP TRIGGER people_submission_kept ON people_submission; DROP FUNCTION refuse_change_of_submission;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0002_acting_is_on_record"), ("core", "0001_clock_and_refuse_change")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
