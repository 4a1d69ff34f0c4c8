"""The vault is shut: row-level security is forced, and one reviewed function, owned by a role nobody can be, writes.

The policy that lets a recorded opening read is a migration of disclosures, since it names tables above this room.
"""

from django.db import migrations

FORWARD = """
ALTER TABLE vault_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault_record FORCE ROW LEVEL SECURITY;
REVOKE ALL ON vault_record FROM portal_app;
GRANT SELECT ON vault_record TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault_record TO portal_vault_writer;
CREATE POLICY vault_record_write ON vault_record TO portal_vault_writer USING (true) WITH CHECK (true);

CREATE FUNCTION vault_store(records uuid[], customers uuid[], categories bigint[], positions int[], values_ jsonb[])
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    INSERT INTO vault_record (id, customer_id, category_id, position, sealed)
    SELECT * FROM unnest(records, customers, categories, positions, values_)
    ON CONFLICT (id) DO UPDATE SET position = excluded.position, sealed = excluded.sealed, stored_at = portal_now()
$$;
GRANT CREATE ON SCHEMA public TO portal_vault_writer;
ALTER FUNCTION vault_store OWNER TO portal_vault_writer;
REVOKE CREATE ON SCHEMA public FROM portal_vault_writer;
GRANT EXECUTE ON FUNCTION portal_now() TO portal_vault_writer;
"""

BACK = """
DROP FUNCTION vault_store;
DROP POLICY vault_record_write ON vault_record;
ALTER TABLE vault_record NO FORCE ROW LEVEL SECURITY;
ALTER TABLE vault_record DISABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE, DELETE ON vault_record TO portal_app;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial"), ("core", "0001_clock_and_refuse_change")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
