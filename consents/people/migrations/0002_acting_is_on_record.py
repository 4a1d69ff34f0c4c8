"""Who may act for whom is on record: no row without an entry of the same transaction, and afterwards it only ends.

`ledger_tells_now` is what the rooms above ask as well. It stands here because people is the lowest room that asks.

An entry of this transaction is one this transaction can see although its writer has not ended. The writer may be a
savepoint's own transaction id, so comparing with the current one would not do. Moments only narrow the search.

None of this binds the owner of the database, who makes the demo's past and could drop the triggers anyway: what an
owner forges, the chain and the rebuilt state show.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION is_of_this_transaction(written_by xid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
-- The 64-bit id nearest to ours that ends in these 32 bits.
SELECT pg_xact_status((ours + ((written_by::text::bigint - ours + 2147483648) & 4294967295) - 2147483648)::text::xid8)
       = 'in progress'
FROM (SELECT pg_current_xact_id()::text::bigint AS ours) AS current
$$;

CREATE FUNCTION ledger_tells_now(of_object text, of_customer uuid, events text, with_outcome text, with_details jsonb)
RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = of_object
          AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
          AND e.customer IS NOT DISTINCT FROM of_customer
          AND e.event LIKE events
          AND (with_outcome IS NULL OR e.outcome = with_outcome)
          AND e.details::jsonb @> with_details
          AND is_of_this_transaction(e.xmin));
END $$;

CREATE FUNCTION is_now(moment timestamptz) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(abs(extract(epoch FROM moment - portal_now())) < 60, false) $$;

CREATE FUNCTION refuse_acting_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT ledger_tells_now(NEW.customer_id::text, NEW.customer_id, '%', NULL, '{}') THEN
        RAISE EXCEPTION 'acting for a customer begins with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_acting_on_record AFTER INSERT ON people_acting DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_acting_off_record();
ALTER TABLE people_acting ENABLE ALWAYS TRIGGER people_acting_on_record;

CREATE FUNCTION refuse_change_of_acting() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.starts_at) THEN
            RAISE EXCEPTION 'acting starts now' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    ELSIF to_jsonb(OLD) - 'ends_at' IS DISTINCT FROM to_jsonb(NEW) - 'ends_at'
       OR (OLD.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at) THEN
        RAISE EXCEPTION 'acting for a customer only ends, once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_acting_frozen BEFORE INSERT OR UPDATE ON people_acting
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_acting();
ALTER TABLE people_acting ENABLE ALWAYS TRIGGER people_acting_frozen;
REVOKE DELETE ON people_acting FROM portal_app;
"""

BACK = """
GRANT DELETE ON people_acting TO portal_app;
DROP TRIGGER people_acting_frozen ON people_acting; DROP FUNCTION refuse_change_of_acting;
DROP TRIGGER people_acting_on_record ON people_acting; DROP FUNCTION refuse_acting_off_record;
DROP FUNCTION is_now; DROP FUNCTION ledger_tells_now; DROP FUNCTION is_of_this_transaction;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("ledger", "0002_append_only"),
        ("core", "0001_clock_and_refuse_change"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACK)]
