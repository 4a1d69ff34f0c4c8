"""The company's number of a customer leaves with an erasure alone; the address on file changes with its ledger entry.

An address comes from its customer (`customer.address_changed`, `record.claimed`) or from the company's list
(`customers.imported`). None is taken off but by an erasure, or from a record nobody gave a number when its person
claims another: the entry on that other record names the one that was left. So does an erasure that a restoration does
again, of records its people had left since the backup. An erasure itself has a rule of its own.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_change_of_reference() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'a customer''s number is only unlinked, by an erasure'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER people_customer_reference_frozen BEFORE UPDATE ON people_customer
    FOR EACH ROW WHEN (NEW.reference IS DISTINCT FROM OLD.reference AND NEW.erased_at IS NULL
                       AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_change_of_reference();
ALTER TABLE people_customer ENABLE ALWAYS TRIGGER people_customer_reference_frozen;

CREATE FUNCTION refuse_address_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.occurred_at >= now() + (portal_now() - statement_timestamp())
          AND CASE
              WHEN NEW.address_hash IS NULL THEN
                  NEW.reference IS NULL
                  AND (e.event = 'record.claimed' AND e.details::jsonb @> jsonb_build_object('left', NEW.id)
                       OR e.event IN ('customer.erased', 'account.closed')
                       AND e.details::jsonb @> jsonb_build_object('left', jsonb_build_array(NEW.id)))
              WHEN e.event = 'customers.imported' THEN
                  e.object = 'list' AND e.customer IS NULL AND NEW.reference IS NOT NULL
              ELSE
                  e.event IN ('customer.address_changed', 'record.claimed')
                  AND e.object = NEW.id::text AND e.customer = NEW.id END
          AND is_of_this_transaction(e.xmin)) THEN
        RAISE EXCEPTION 'an address on file changes with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_customer_address_on_record AFTER UPDATE ON people_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((NEW.address_hash, NEW.sealed_address) IS DISTINCT FROM (OLD.address_hash, OLD.sealed_address)
          AND NEW.erased_at IS NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_address_off_record();
ALTER TABLE people_customer ENABLE ALWAYS TRIGGER people_customer_address_on_record;
"""

BACK = """
DROP TRIGGER people_customer_address_on_record ON people_customer; DROP FUNCTION refuse_address_off_record;
DROP TRIGGER people_customer_reference_frozen ON people_customer; DROP FUNCTION refuse_change_of_reference;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0009_erased_references_are_known_again")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
