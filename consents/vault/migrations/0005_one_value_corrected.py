"""One value of one record is put right without reading the others: what was sealed beside it stays as it is.

The fingerprint stays too: the company's own list, unchanged, does not bring the wrong value back.
"""

from django.db import migrations

FORWARD = """
-- The record of this kind, where there is exactly one.
CREATE FUNCTION vault_only_record(of_customer uuid, of_category bigint) RETURNS uuid LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT CASE WHEN count(*) = 1 THEN (array_agg(r.id))[1] END FROM vault_record AS r
    WHERE r.customer_id = of_customer AND r.category_id = of_category
$$;

CREATE FUNCTION vault_correct(record uuid, of_customer uuid, of_category bigint, field text, value text)
    RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    UPDATE vault_record AS r SET sealed = r.sealed || jsonb_build_object(field, value), stored_at = portal_now()
    WHERE r.id = record AND r.customer_id = of_customer AND r.category_id = of_category RETURNING true
$$;
GRANT CREATE ON SCHEMA public TO portal_vault_writer;
ALTER FUNCTION vault_only_record OWNER TO portal_vault_writer;
ALTER FUNCTION vault_correct OWNER TO portal_vault_writer;
REVOKE CREATE ON SCHEMA public FROM portal_vault_writer;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0004_erasure_empties")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION vault_correct; DROP FUNCTION vault_only_record;")]
