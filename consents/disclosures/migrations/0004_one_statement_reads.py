"""A read names its opening and selects in one statement: one round trip, and nothing else in that transaction can read.

Runs as whoever calls it, so the vault's policy decides as ever. VOLATILE: the policy must see what was committed before
the inner SELECT, which gets a snapshot of its own.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION vault_read(opening uuid, of_customer uuid, of_category bigint, most int)
    RETURNS TABLE (id uuid, sealed jsonb) LANGUAGE plpgsql VOLATILE SECURITY INVOKER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM set_config('portal.opening', opening::text, true);
    RETURN QUERY SELECT r.id, r.sealed FROM vault_record AS r
        WHERE r.customer_id = of_customer AND r.category_id = of_category ORDER BY r.position, r.id LIMIT most;
    PERFORM set_config('portal.opening', '', true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosures", "0003_no_opening_without_its_entry")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION vault_read")]
