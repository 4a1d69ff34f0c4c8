"""An erasure that the customer had asked for is cancelled by officers or by whoever acts for that customer now."""

from django.db import migrations

ERASURES = """
CREATE OR REPLACE FUNCTION refuse_change_of_erasure() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    officers CONSTANT text[] := ARRAY['privacy_officer', 'compliance_officer'];
BEGIN
    IF NEW.original IS NOT NULL AND NOT is_being_restored() THEN
        RAISE EXCEPTION 'an erasure is done again only in a restoration'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.original IS NULL AND (NOT is_officer(NEW.proposed_by_id, officers) OR NOT is_now(NEW.proposed_at)
                                     OR NEW.done_at IS NOT NULL OR NEW.cancelled_at IS NOT NULL) THEN
            RAISE EXCEPTION 'an erasure is proposed now, by an officer'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.id, OLD.customer_id, OLD.reason, OLD.proposed_by_id, OLD.proposed_at) IS DISTINCT FROM
       (NEW.id, NEW.customer_id, NEW.reason, NEW.proposed_by_id, NEW.proposed_at)
       OR OLD.done_at IS NOT NULL OR OLD.cancelled_at IS NOT NULL
       OR NOT is_now(coalesce(NEW.done_at, NEW.cancelled_at))
       OR (NEW.original IS NULL AND NOT is_officer(coalesce(NEW.confirmed_by_id, NEW.cancelled_by_id), officers)
           AND NOT {by_the_customer}) THEN
        RAISE EXCEPTION 'an erasure is confirmed or cancelled, once, now, by an officer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
"""
BY_THE_CUSTOMER = """(NEW.reason = 'requested' AND NEW.done_at IS NULL AND EXISTS (
               SELECT FROM people_acting AS a
               WHERE a.customer_id = NEW.customer_id AND a.user_id = NEW.cancelled_by_id
                 AND a.starts_at <= portal_now() AND (a.ends_at IS NULL OR a.ends_at > portal_now())))"""


class Migration(migrations.Migration):
    dependencies = [("people", "0011_names_codes_and_facts_are_on_record")]
    operations = [
        migrations.RunSQL(ERASURES.format(by_the_customer=BY_THE_CUSTOMER), ERASURES.format(by_the_customer="false"))
    ]
