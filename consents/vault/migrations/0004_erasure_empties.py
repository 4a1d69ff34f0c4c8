"""Records go with their customer's erasure and never otherwise; an erased customer gets none.

`vault_remove` is the one way out of the vault. It needs no rule of its own: the trigger takes nothing away from
anybody who is not erased when the transaction ends.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION vault_remove(customer uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH gone AS (DELETE FROM vault_record AS r WHERE r.customer_id = customer RETURNING 1) SELECT count(*) FROM gone
$$;
GRANT CREATE ON SCHEMA public TO portal_vault_writer;
ALTER FUNCTION vault_remove OWNER TO portal_vault_writer;
REVOKE CREATE ON SCHEMA public FROM portal_vault_writer;

CREATE CONSTRAINT TRIGGER vault_record_kept AFTER DELETE ON vault_record DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased();
ALTER TABLE vault_record ENABLE ALWAYS TRIGGER vault_record_kept;

-- Once for each statement: an import stores thousands of records.
CREATE FUNCTION refuse_records_of_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM people_customer AS c WHERE c.id IN (SELECT customer_id FROM stored) ORDER BY c.id FOR SHARE;
    IF EXISTS (SELECT FROM people_customer AS c
               WHERE c.id IN (SELECT customer_id FROM stored) AND c.erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the customer is erased' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vault_record_not_of_erased AFTER INSERT ON vault_record REFERENCING NEW TABLE AS stored
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_records_of_erased();
ALTER TABLE vault_record ENABLE ALWAYS TRIGGER vault_record_not_of_erased;
CREATE TRIGGER vault_fingerprint_not_of_erased AFTER INSERT ON vault_fingerprint REFERENCING NEW TABLE AS stored
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_records_of_erased();
ALTER TABLE vault_fingerprint ENABLE ALWAYS TRIGGER vault_fingerprint_not_of_erased;
"""

BACK = """
DROP TRIGGER vault_fingerprint_not_of_erased ON vault_fingerprint;
DROP TRIGGER vault_record_not_of_erased ON vault_record; DROP FUNCTION refuse_records_of_erased;
DROP TRIGGER vault_record_kept ON vault_record;
DROP FUNCTION vault_remove;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0003_writes_are_on_record"), ("people", "0006_erasure_is_final")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
