"""An export, and what arrived of it, has its ledger entry in the same transaction."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_export_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT ledger_tells_now(to_jsonb(NEW) ->> TG_ARGV[0], NULL, TG_ARGV[1], NULL, '{}') THEN
        RAISE EXCEPTION 'an export is made and ends with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER exports_export_on_record AFTER INSERT ON exports_export DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_export_off_record('id', 'export.made');
CREATE CONSTRAINT TRIGGER exports_exportresult_on_record AFTER INSERT ON exports_exportresult
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_export_off_record('export_id', 'export.finished');
ALTER TABLE exports_export ENABLE ALWAYS TRIGGER exports_export_on_record;
ALTER TABLE exports_exportresult ENABLE ALWAYS TRIGGER exports_exportresult_on_record;
"""

BACK = """
DROP TRIGGER exports_exportresult_on_record ON exports_exportresult;
DROP TRIGGER exports_export_on_record ON exports_export;
DROP FUNCTION refuse_export_off_record;
"""


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_append_only"), ("people", "0002_acting_is_on_record")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
