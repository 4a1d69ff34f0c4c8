"""What a customer chose about reminders has its ledger entry in the same transaction."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_preference_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT ledger_tells_now(NEW.customer_id::text, NEW.customer_id, 'digests.chosen', NEW.digests, '{}') THEN
        RAISE EXCEPTION 'what a customer wants of mail changes with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER notifications_preference_on_record AFTER INSERT OR UPDATE ON notifications_preference
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_preference_off_record();
ALTER TABLE notifications_preference ENABLE ALWAYS TRIGGER notifications_preference_on_record;
"""

BACK = """
DROP TRIGGER notifications_preference_on_record ON notifications_preference;
DROP FUNCTION refuse_preference_off_record;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("people", "0002_acting_is_on_record")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
