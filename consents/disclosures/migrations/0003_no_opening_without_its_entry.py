"""An opening is committed together with the ledger entry that tells of it, or not at all.

The entry's object is the access request of the grant, or the opening itself (own copy, statistics), and its details
name the opening.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_opening_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    told_of CONSTANT uuid := coalesce((SELECT g.request_id FROM access_grant AS g WHERE g.id = NEW.grant_id), NEW.id);
BEGIN
    IF NOT ledger_tells_now(told_of::text, NEW.customer_id, 'vault.%', NULL, jsonb_build_object('opening', NEW.id)) THEN
        RAISE EXCEPTION 'an opening is recorded with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disclosures_opening_on_record AFTER INSERT ON disclosures_opening
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_opening_off_record();
ALTER TABLE disclosures_opening ENABLE ALWAYS TRIGGER disclosures_opening_on_record;
"""

BACK = """
DROP TRIGGER disclosures_opening_on_record ON disclosures_opening; DROP FUNCTION refuse_opening_off_record;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("disclosures", "0002_vault_opens_to_a_recorded_opening"),
        ("access", "0003_no_grant_without_its_yes"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACK)]
