"""Promise 3: a vault row is visible only to a transaction that names an opening committed earlier.

`portal.opening` holds the opening's id for one transaction. No, an empty, a malformed or a foreign id shows zero rows
and raises nothing. `xid` tells a committed opening from one of the same transaction; the application role can set
neither it nor the moment.
"""

from django.db import migrations

from consents.core.append_only import append_only

FORWARD = """
ALTER TABLE disclosures_opening
    ALTER COLUMN opened_at SET DEFAULT portal_now(),
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
REVOKE INSERT ON disclosures_opening FROM portal_app;
GRANT INSERT (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id) ON disclosures_opening TO portal_app;

CREATE FUNCTION named_opening() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE WHEN pg_input_is_valid(current_setting('portal.opening', true), 'uuid')
            THEN current_setting('portal.opening', true)::uuid END
$$;

CREATE POLICY vault_record_read ON vault_record FOR SELECT TO portal_app USING (EXISTS (
    SELECT FROM disclosures_opening AS o
    WHERE o.id = (SELECT named_opening())
      AND o.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND o.opened_at <= portal_now()
      AND CASE o.kind
          WHEN 'grant' THEN
              o.opened_at > portal_now() - interval '30 seconds'
              AND o.customer_id = vault_record.customer_id
              AND o.category_id = vault_record.category_id
              AND EXISTS (
                  SELECT FROM access_grant AS g
                  WHERE g.id = o.grant_id AND g.staff_id = o.staff_id AND g.customer_id = o.customer_id
                    AND g.category_id = o.category_id AND g.purpose_id = o.purpose_id
                    AND g.starts_at <= portal_now() AND portal_now() < least(g.ended_at, g.ends_at))
          WHEN 'own_copy' THEN
              o.opened_at > portal_now() - interval '30 seconds' AND o.customer_id = vault_record.customer_id
          WHEN 'statistics' THEN o.opened_at > portal_now() - interval '1 hour'
          ELSE false END));
"""

BACK = """
DROP POLICY vault_record_read ON vault_record;
DROP FUNCTION named_opening;
ALTER TABLE disclosures_opening DROP COLUMN xid, ALTER COLUMN opened_at DROP DEFAULT;
GRANT INSERT ON disclosures_opening TO portal_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("disclosures", "0001_initial"),
        ("core", "0001_clock_and_refuse_change"),
        ("vault", "0002_locked"),
        ("access", "0002_filed_requests_never_change"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACK), append_only("disclosures_opening")]
