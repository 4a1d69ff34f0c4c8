"""Whether a record is this customer's and of this kind, told without showing it: only who knows its id can ask."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION vault_holds(record uuid, of_customer uuid, of_category bigint) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM vault_record AS r
                   WHERE r.id = record AND r.customer_id = of_customer AND r.category_id = of_category)
$$;
GRANT CREATE ON SCHEMA public TO portal_vault_writer;
ALTER FUNCTION vault_holds OWNER TO portal_vault_writer;
REVOKE CREATE ON SCHEMA public FROM portal_vault_writer;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0005_one_value_corrected")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION vault_holds;")]
