"""Personal columns leave by two officers; nothing is asked for, agreed to or taken out without its ledger entry."""

from django.db import migrations

TWO_OFFICERS = """
CREATE FUNCTION refuse_lone_officer() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM exports_export AS e
                   WHERE e.id = NEW.export_id AND e.personal AND e.made_by_id <> NEW.approved_by_id)
       OR NOT EXISTS (SELECT FROM people_staffmember AS s
                      WHERE s.user_id = NEW.approved_by_id AND s.role = 'compliance_officer'
                        AND s.ended_at IS NULL) THEN
        RAISE EXCEPTION 'another compliance officer than the one who asked agrees to personal columns'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exports_approval_second_officer BEFORE INSERT ON exports_approval
    FOR EACH ROW EXECUTE FUNCTION refuse_lone_officer();
ALTER TABLE exports_approval ENABLE ALWAYS TRIGGER exports_approval_second_officer;

CREATE FUNCTION refuse_result_not_agreed_to() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM exports_export AS e WHERE e.id = NEW.export_id AND e.personal
               AND NOT EXISTS (SELECT FROM exports_approval AS a WHERE a.export_id = e.id)) THEN
        RAISE EXCEPTION 'personal columns are taken out once a second officer agreed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exports_exportresult_agreed_to BEFORE INSERT ON exports_exportresult
    FOR EACH ROW EXECUTE FUNCTION refuse_result_not_agreed_to();
ALTER TABLE exports_exportresult ENABLE ALWAYS TRIGGER exports_exportresult_agreed_to;
"""

ON_RECORD = """
CREATE FUNCTION refuse_export_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    row CONSTANT jsonb := to_jsonb(NEW);
    facts jsonb;
BEGIN
    -- What the entry says of it, by the names of the columns.
    facts := CASE TG_TABLE_NAME
        WHEN 'exports_export' THEN jsonb_build_object('chosen', row -> 'chosen', 'format', row -> 'format',
            'from', row -> 'from_date', 'officer', row -> 'made_by_id', 'personal', row -> 'personal',
            'until', row -> 'until_date')
        WHEN 'exports_approval' THEN jsonb_build_object('officer', row -> 'approved_by_id')
        ELSE jsonb_build_object('rows', row -> 'rows', 'sha256', row -> 'sha256', 'size', row -> 'size',
            'manifest', row -> 'manifest') END;
    IF NOT ledger_tells_now(coalesce(row ->> 'id', row ->> 'export_id'), NULL, TG_ARGV[0], row ->> 'dataset',
                            facts) THEN
        RAISE EXCEPTION 'records leave with their ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""


def on_record(table: str, event: str) -> str:
    return f"""
CREATE CONSTRAINT TRIGGER {table}_on_record AFTER INSERT ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_export_off_record('{event}');
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_on_record;
"""


TABLES = {
    "exports_export": "export.made",
    "exports_approval": "export.approved",
    "exports_exportresult": "export.finished",
}
BACK = (
    "".join(f"DROP TRIGGER {table}_on_record ON {table};" for table in TABLES)
    + """
DROP FUNCTION refuse_export_off_record;
DROP TRIGGER exports_exportresult_agreed_to ON exports_exportresult; DROP FUNCTION refuse_result_not_agreed_to;
DROP TRIGGER exports_approval_second_officer ON exports_approval; DROP FUNCTION refuse_lone_officer;
"""
)


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_append_only"), ("people", "0008_staff_and_keys_are_on_record")]
    operations = [
        migrations.RunSQL(TWO_OFFICERS + ON_RECORD + "".join(on_record(*each) for each in TABLES.items()), BACK)
    ]
