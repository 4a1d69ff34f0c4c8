"""An objection that names no purpose shuts what may be objected to, and nothing else (GDPR Art 21(1))."""

from django.db import migrations

# That of 0008, with what a mark covers asked of the room of choices.
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
                    AND {covers})
              AND NOT EXISTS (
                  SELECT FROM vault_parterasure AS e JOIN catalogue_category AS k ON k.id = vault_record.category_id
                  WHERE e.customer_id = vault_record.customer_id AND e.done_at IS NOT NULL
                    AND (e.kept ? k.code OR e.deleted ? k.code))
          WHEN 'own_copy' THEN
              o.opened_at > portal_now() - interval '30 seconds' AND o.customer_id = vault_record.customer_id
          WHEN 'statistics' THEN
              o.opened_at > portal_now() - interval '1 hour'
              AND NOT EXISTS (
                  SELECT FROM choices_mark AS m
                  WHERE m.customer_id = vault_record.customer_id AND m.lifted_at IS NULL
                    AND m.kind = 'restriction')
              AND NOT EXISTS (
                  SELECT FROM vault_parterasure AS e JOIN catalogue_category AS k ON k.id = vault_record.category_id
                  WHERE e.customer_id = vault_record.customer_id AND e.done_at IS NOT NULL
                    AND (e.kept ? k.code OR e.deleted ? k.code))
          ELSE false END));
"""
COVERS = "mark_covers(m.kind, m.purpose_id, m.placed_at, o.purpose_id)"
EVERYTHING = "(m.purpose_id IS NULL OR m.purpose_id = o.purpose_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("disclosures", "0008_what_is_kept_by_law_is_shut"),
        ("choices", "0009_an_objection_has_its_grounds"),
    ]
    operations = [migrations.RunSQL(POLICY.format(covers=COVERS), POLICY.format(covers=EVERYTHING))]
