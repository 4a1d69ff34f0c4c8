"""A choice changes with its ledger entry or not at all, and always now."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_choice_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT ledger_tells_now(NEW.id::text, NEW.customer_id, 'consent.%', NEW.status, '{}') THEN
        RAISE EXCEPTION 'a choice changes with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER choices_choice_on_record AFTER INSERT OR UPDATE ON choices_choice
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_choice_off_record();
ALTER TABLE choices_choice ENABLE ALWAYS TRIGGER choices_choice_on_record;

CREATE FUNCTION refuse_choice_of_another_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT is_now(NEW.since) THEN
        RAISE EXCEPTION 'a choice is made now' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.id, OLD.customer_id, OLD.purpose_id)
                            IS DISTINCT FROM (NEW.id, NEW.customer_id, NEW.purpose_id) THEN
        RAISE EXCEPTION 'a choice stays that of its customer and purpose'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER choices_choice_is_now BEFORE INSERT OR UPDATE ON choices_choice
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_choice_of_another_time();
ALTER TABLE choices_choice ENABLE ALWAYS TRIGGER choices_choice_is_now;
REVOKE DELETE ON choices_choice FROM portal_app;
"""

BACK = """
GRANT DELETE ON choices_choice TO portal_app;
DROP TRIGGER choices_choice_is_now ON choices_choice; DROP FUNCTION refuse_choice_of_another_time;
DROP TRIGGER choices_choice_on_record ON choices_choice; DROP FUNCTION refuse_choice_off_record;
"""


class Migration(migrations.Migration):
    dependencies = [("choices", "0001_initial"), ("people", "0002_acting_is_on_record")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
