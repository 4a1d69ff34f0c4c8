"""Who works here, and how a customer's key is wrapped, changes with its ledger entry or not at all.

On the rank of a member of staff rests what officers may do: it begins with an invitation, never changes, and ends once.

A key's wrapping changes once for each statement: the entry stands before it and names the wrapping key and how many
customers' keys it now wraps. Whether the new wrapping holds the old key the database cannot tell; it can tell that
the customers are the same and that nothing is wrapped over under the key that wraps it already.
"""

from django.db import migrations

STAFF = """
CREATE FUNCTION refuse_change_of_staff() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.started_at) OR NEW.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'a membership begins now' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    ELSIF to_jsonb(OLD) - 'ended_at' IS DISTINCT FROM to_jsonb(NEW) - 'ended_at'
       OR OLD.ended_at IS NOT NULL OR NOT is_now(NEW.ended_at) THEN
        RAISE EXCEPTION 'a membership only ends, once, now'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_staffmember_frozen BEFORE INSERT OR UPDATE ON people_staffmember
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_staff();
ALTER TABLE people_staffmember ENABLE ALWAYS TRIGGER people_staffmember_frozen;

CREATE FUNCTION refuse_staff_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT (CASE TG_OP
        WHEN 'INSERT' THEN ledger_tells_now(NEW.user_id::text, NULL, 'staff.invited', NEW.role, '{}')
        ELSE ledger_tells_now(NEW.user_id::text, NULL, 'staff.ended', NULL, '{}') END) THEN
        RAISE EXCEPTION 'a membership begins and ends with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_staffmember_on_record AFTER INSERT OR UPDATE ON people_staffmember
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_staff_off_record();
ALTER TABLE people_staffmember ENABLE ALWAYS TRIGGER people_staffmember_on_record;
REVOKE DELETE ON people_staffmember FROM portal_app;
"""

KEYS = """
CREATE FUNCTION refuse_rewrapping_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    newest CONSTANT text := (SELECT min(kid) FROM rewrapped);
    changed CONSTANT bigint := (SELECT count(*) FROM rewrapped);
    sound CONSTANT bigint := (SELECT count(*) FROM rewrapped AS n JOIN replaced AS o USING (customer_id)
                              WHERE n.kid = newest AND o.kid <> newest);
BEGIN
    IF changed = 0 THEN
        RETURN NULL;
    END IF;
    IF sound <> changed OR NOT ledger_tells_now(newest, NULL, 'customer_keys.rewrapped', NULL,
                                                jsonb_build_object('keys', changed)) THEN
        RAISE EXCEPTION 'customers'' keys are only wrapped anew, with another key and its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER people_customerkey_rewrapped_on_record AFTER UPDATE ON people_customerkey
    REFERENCING OLD TABLE AS replaced NEW TABLE AS rewrapped
    FOR EACH STATEMENT WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_rewrapping_off_record();
ALTER TABLE people_customerkey ENABLE ALWAYS TRIGGER people_customerkey_rewrapped_on_record;
"""

BACK = """
DROP TRIGGER people_customerkey_rewrapped_on_record ON people_customerkey; DROP FUNCTION refuse_rewrapping_off_record;
GRANT DELETE ON people_staffmember TO portal_app;
DROP TRIGGER people_staffmember_on_record ON people_staffmember; DROP FUNCTION refuse_staff_off_record;
DROP TRIGGER people_staffmember_frozen ON people_staffmember; DROP FUNCTION refuse_change_of_staff;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0007_closed_accounts_stay_closed")]
    operations = [migrations.RunSQL(STAFF + KEYS, BACK)]
