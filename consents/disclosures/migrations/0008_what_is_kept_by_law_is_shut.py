"""Of whom a part was erased, the rest of what was asked serves the law that keeps it: no grant opens it, however live,
and statistics do without it (11 CCR 7022(f)(3)). Own copies stay.
"""

from django.db import migrations

# That of 0006 with one condition more for grants and for statistics.
POLICY = """
ALTER POLICY vault_record_read ON vault_record USING (EXISTS (
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
              AND NOT EXISTS (
                  SELECT FROM choices_mark AS m
                  WHERE m.customer_id = o.customer_id AND m.lifted_at IS NULL AND m.kind <> 'limit'
                    AND (m.purpose_id IS NULL OR m.purpose_id = o.purpose_id)){part_erased}
          WHEN 'own_copy' THEN
              o.opened_at > portal_now() - interval '30 seconds' AND o.customer_id = vault_record.customer_id
          WHEN 'statistics' THEN
              o.opened_at > portal_now() - interval '1 hour'
              AND NOT EXISTS (
                  SELECT FROM choices_mark AS m
                  WHERE m.customer_id = vault_record.customer_id AND m.lifted_at IS NULL
                    AND m.kind = 'restriction'){part_erased}
          ELSE false END));
"""
PART_ERASED = """
              AND NOT EXISTS (
                  SELECT FROM vault_parterasure AS e JOIN catalogue_category AS k ON k.id = vault_record.category_id
                  WHERE e.customer_id = vault_record.customer_id AND e.done_at IS NOT NULL
                    AND (e.kept ? k.code OR e.deleted ? k.code))"""


class Migration(migrations.Migration):
    dependencies = [
        ("disclosures", "0007_record_is_looked_up_by_one_plan"),
        ("vault", "0008_part_goes_by_two_officers"),
    ]
    operations = [migrations.RunSQL(POLICY.format(part_erased=PART_ERASED), POLICY.format(part_erased=""))]
