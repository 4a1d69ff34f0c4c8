"""A mark is placed now, with its ledger entry, and only lifted, once: by the customer, or by an officer who has told
them in an earlier transaction (GDPR Art 18(3)).

None of this binds the owner of the database (see people/0002).
"""

from django.db import migrations

FORWARD = """
ALTER TABLE choices_mark ADD COLUMN announced_xid xid8;
REVOKE INSERT, DELETE ON choices_mark FROM portal_app;
GRANT INSERT (id, customer_id, kind, purpose_id, request, placed_at, lift_announced_at, lifted_at) ON choices_mark
    TO portal_app;

CREATE FUNCTION refuse_change_of_mark() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.placed_at) OR NEW.lift_announced_at IS NOT NULL OR NEW.lifted_at IS NOT NULL THEN
            RAISE EXCEPTION 'a mark is placed now, and stands'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - ARRAY['lift_announced_at', 'announced_xid', 'lifted_at'] IS DISTINCT FROM
       to_jsonb(NEW) - ARRAY['lift_announced_at', 'announced_xid', 'lifted_at']
       OR OLD.lifted_at IS NOT NULL
       OR NEW.lifted_at IS NOT NULL AND NOT is_now(NEW.lifted_at)
       OR NEW.lift_announced_at IS DISTINCT FROM OLD.lift_announced_at
          AND (OLD.lift_announced_at IS NOT NULL OR NOT is_now(NEW.lift_announced_at)) THEN
        RAISE EXCEPTION 'a mark is only announced to end and lifted, once each, now'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    NEW.announced_xid := CASE WHEN NEW.lift_announced_at IS DISTINCT FROM OLD.lift_announced_at
                              THEN pg_current_xact_id() ELSE OLD.announced_xid END;
    RETURN NEW;
END $$;
CREATE TRIGGER choices_mark_frozen BEFORE INSERT OR UPDATE ON choices_mark
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_mark();
ALTER TABLE choices_mark ENABLE ALWAYS TRIGGER choices_mark_frozen;

-- `told` is the event of a move. The portal itself may place one, which closes and opens nothing.
CREATE FUNCTION mark_is_told(mark choices_mark, told text) RETURNS boolean LANGUAGE sql STABLE
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
              AND (told <> 'lifted' OR mark.announced_xid <> pg_current_xact_id())
          WHEN e.actor_kind = 'portal' THEN told = 'placed'
          ELSE false END
      AND is_of_this_transaction(e.xmin))
$$;

CREATE FUNCTION refuse_mark_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT mark_is_told(NEW, 'placed')
       OR TG_OP = 'UPDATE' AND NEW.lift_announced_at IS DISTINCT FROM OLD.lift_announced_at
          AND NOT mark_is_told(NEW, 'lift_announced')
       OR TG_OP = 'UPDATE' AND NEW.lifted_at IS DISTINCT FROM OLD.lifted_at AND NOT mark_is_told(NEW, 'lifted') THEN
        RAISE EXCEPTION 'a mark moves with its ledger entry, by one who may'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER choices_mark_on_record AFTER INSERT OR UPDATE ON choices_mark
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_mark_off_record();
ALTER TABLE choices_mark ENABLE ALWAYS TRIGGER choices_mark_on_record;

CREATE TRIGGER choices_mark_not_of_erased BEFORE INSERT ON choices_mark
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE choices_mark ENABLE ALWAYS TRIGGER choices_mark_not_of_erased;
"""

BACK = """
DROP TRIGGER choices_mark_not_of_erased ON choices_mark;
DROP TRIGGER choices_mark_on_record ON choices_mark; DROP FUNCTION refuse_mark_off_record;
DROP FUNCTION mark_is_told;
DROP TRIGGER choices_mark_frozen ON choices_mark; DROP FUNCTION refuse_change_of_mark;
ALTER TABLE choices_mark DROP COLUMN announced_xid;
GRANT INSERT, DELETE ON choices_mark TO portal_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("choices", "0004_marks"),
        ("people", "0006_erasure_is_final"),
        ("ledger", "0008_marks_close_too"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACK)]
