"""An entry serves the kind of opening it tells of, in the name of who may have it, and no other kind.

`grant`: `vault.opened` by the member of staff whose grant it is, on the request. `own_copy`: `vault.own_copy` by
somebody who acts for the customer. `statistics`, which show everybody's records: `vault.statistics` by the portal
itself, on the company's chain. The last two have the opening as their object.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION refuse_opening_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    told_of CONSTANT uuid := coalesce((SELECT g.request_id FROM access_grant AS g WHERE g.id = NEW.grant_id), NEW.id);
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = told_of::text
          AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
          AND e.customer IS NOT DISTINCT FROM NEW.customer_id
          AND e.details::jsonb @> jsonb_build_object('opening', NEW.id)
          AND CASE NEW.kind
              WHEN 'grant' THEN
                  e.event = 'vault.opened' AND e.actor_kind = 'staff' AND e.actor = NEW.staff_id::text
              WHEN 'own_copy' THEN
                  e.event = 'vault.own_copy' AND e.actor_kind IN ('customer', 'representative')
                  AND EXISTS (SELECT FROM people_acting AS a
                              WHERE a.customer_id = NEW.customer_id AND a.user_id::text = e.actor AND a.ends_at IS NULL)
              WHEN 'statistics' THEN e.event = 'vault.statistics' AND e.actor_kind = 'portal'
              ELSE false END
          AND is_of_this_transaction(e.xmin)) THEN
        RAISE EXCEPTION 'an opening is recorded with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""

BACK = """
CREATE OR REPLACE FUNCTION refuse_opening_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    told_of CONSTANT uuid := coalesce((SELECT g.request_id FROM access_grant AS g WHERE g.id = NEW.grant_id), NEW.id);
BEGIN
    IF NOT ledger_tells_now(told_of::text, NEW.customer_id, 'vault.%', NULL, jsonb_build_object('opening', NEW.id)) THEN
        RAISE EXCEPTION 'an opening is recorded with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosures", "0004_one_statement_reads"), ("people", "0002_acting_is_on_record")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
