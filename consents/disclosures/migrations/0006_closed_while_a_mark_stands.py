"""While a restriction or an objection stands, the vault shows nothing to a grant it covers, however live; statistics do
without the records of a customer whose data rests (GDPR Art 18: it is stored and not used). Own copies stay.
"""

from django.db import migrations

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
                    AND g.starts_at <= portal_now() AND portal_now() < least(g.ended_at, g.ends_at)){of_grant}
          WHEN 'own_copy' THEN
              o.opened_at > portal_now() - interval '30 seconds' AND o.customer_id = vault_record.customer_id
          WHEN 'statistics' THEN o.opened_at > portal_now() - interval '1 hour'{of_statistics}
          ELSE false END));
"""
OF_GRANT = """
              AND NOT EXISTS (
                  SELECT FROM choices_mark AS m
                  WHERE m.customer_id = o.customer_id AND m.lifted_at IS NULL AND m.kind <> 'limit'
                    AND (m.purpose_id IS NULL OR m.purpose_id = o.purpose_id))"""
OF_STATISTICS = """
              AND NOT EXISTS (
                  SELECT FROM choices_mark AS m
                  WHERE m.customer_id = vault_record.customer_id AND m.lifted_at IS NULL AND m.kind = 'restriction')"""


class Migration(migrations.Migration):
    dependencies = [
        ("disclosures", "0005_each_kind_has_its_own_entry"),
        ("choices", "0005_marks_are_on_record"),
    ]
    operations = [
        migrations.RunSQL(
            POLICY.format(of_grant=OF_GRANT, of_statistics=OF_STATISTICS), POLICY.format(of_grant="", of_statistics="")
        )
    ]
