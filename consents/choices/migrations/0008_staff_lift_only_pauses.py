"""Staff end a pause, once the customer was told (GDPR Art 18(3)); a limit never. When they may end an objection, the
room of rights requests says: it replaces `mark_is_for_staff`."""

from django.db import migrations

FOR_STAFF = """
CREATE OR REPLACE FUNCTION mark_is_for_staff(mark choices_mark) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT mark.kind = 'restriction' $$;
"""
IS_TOLD = """
CREATE OR REPLACE FUNCTION mark_is_told(mark choices_mark, told text) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM ledger_entry AS e
    WHERE e.object = mark.id::text AND e.customer = mark.customer_id
      AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
      AND e.event = mark.kind || '.' || told
      AND e.purpose = coalesce((SELECT p.code FROM catalogue_purpose AS p WHERE p.id = mark.purpose_id), '')
      AND CASE
          WHEN e.actor_kind IN ('customer', 'representative') THEN told <> 'lift_announced' AND EXISTS (
              SELECT FROM people_acting AS a
              WHERE a.customer_id = mark.customer_id AND a.user_id::text = e.actor
                AND a.starts_at <= portal_now() AND (a.ends_at IS NULL OR a.ends_at > portal_now()))
          WHEN e.actor_kind = 'staff' THEN pg_input_is_valid(e.actor, 'uuid')
              AND is_officer(e.actor::uuid, ARRAY['privacy_officer', 'compliance_officer'])
              AND {for_staff}
              AND (told <> 'lifted' OR mark.announced_xid <> pg_current_xact_id())
          WHEN e.actor_kind = 'portal' THEN told = 'placed'
          ELSE false END
      AND is_of_this_transaction(e.xmin))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("choices", "0007_one_mark_per_request")]
    operations = [
        migrations.RunSQL(
            FOR_STAFF + IS_TOLD.format(for_staff="(told = 'placed' OR mark_is_for_staff(mark))"),
            IS_TOLD.format(for_staff="true") + "DROP FUNCTION mark_is_for_staff;",
        )
    ]
