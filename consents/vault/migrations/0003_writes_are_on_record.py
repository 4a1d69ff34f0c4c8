"""The vault takes nothing off the record: the entry that tells of a writing stands in the ledger before it.

Once per statement, so that an import pays once per batch. Definer, since the writer may read nothing but the vault.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_vault_write_off_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = 'records' AND e.event = 'vault.stored'
          AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
          AND is_of_this_transaction(e.xmin)
          AND (e.customer IS NULL OR NOT EXISTS (SELECT FROM written WHERE written.customer_id <> e.customer))) THEN
        RAISE EXCEPTION 'the vault is written with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vault_record_stored_on_record AFTER INSERT ON vault_record REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_vault_write_off_record();
CREATE TRIGGER vault_record_changed_on_record AFTER UPDATE ON vault_record REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_vault_write_off_record();
ALTER TABLE vault_record ENABLE ALWAYS TRIGGER vault_record_stored_on_record;
ALTER TABLE vault_record ENABLE ALWAYS TRIGGER vault_record_changed_on_record;
"""

BACK = """
DROP TRIGGER vault_record_changed_on_record ON vault_record; DROP TRIGGER vault_record_stored_on_record ON vault_record;
DROP FUNCTION refuse_vault_write_off_record;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0002_locked"), ("people", "0002_acting_is_on_record")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
