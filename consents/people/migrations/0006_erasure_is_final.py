"""Promise 11 below Python: an erasure is on record, by two officers, whole, not against the law, and final.

`refuse_for_erased` is what every room asks before it gives a customer something new. It locks the customer's row, so
that an erasure that is under way is waited for; it runs as the owner, since not all who write may read that row.
"""

from django.db import migrations

ERASED = """
CREATE FUNCTION refuse_for_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    -- Waits for an erasure under way; the row as it is after that decides.
    PERFORM FROM people_customer AS c WHERE c.id = NEW.customer_id FOR SHARE;
    IF EXISTS (SELECT FROM people_customer AS c WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the customer is erased' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = OLD.customer_id AND c.erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'only an erasure takes this away'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""

CUSTOMERS = """
CREATE FUNCTION refuse_erasure_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    done CONSTANT people_erasure := (
        SELECT e FROM people_erasure AS e WHERE e.customer_id = NEW.id AND e.done_at = NEW.erased_at);
BEGIN
    IF NOT is_now(NEW.erased_at) OR done.id IS NULL
       OR NOT ledger_tells_now(NEW.id::text, NEW.id, 'customer.erased', done.reason,
                               jsonb_build_object('erasure', done.id)) THEN
        RAISE EXCEPTION 'a customer is erased now, by two officers and with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF done.original IS NULL
       AND EXISTS (SELECT FROM people_legalhold AS h WHERE h.customer_id = NEW.id AND h.lifted_at IS NULL) THEN
        RAISE EXCEPTION 'the law forbids erasing this customer now'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF EXISTS (SELECT FROM people_customerkey AS k WHERE k.customer_id = NEW.id)
       OR EXISTS (SELECT FROM people_acting AS a WHERE a.customer_id = NEW.id AND a.ends_at IS NULL)
       OR EXISTS (SELECT FROM people_claimcode AS c WHERE c.customer_id = NEW.id) THEN
        RAISE EXCEPTION 'an erasure leaves neither key nor anybody who acts for the customer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_customer_erased_on_record AFTER INSERT OR UPDATE ON people_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_erasure_off_record();
ALTER TABLE people_customer ENABLE ALWAYS TRIGGER people_customer_erased_on_record;

CREATE FUNCTION refuse_change_of_erased() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'an erased customer stays erased' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER people_customer_erased_stays BEFORE UPDATE ON people_customer
    FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_erased();
ALTER TABLE people_customer ENABLE ALWAYS TRIGGER people_customer_erased_stays;
REVOKE DELETE ON people_customer FROM portal_app;

CREATE CONSTRAINT TRIGGER people_customerkey_kept AFTER DELETE ON people_customerkey DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_unless_erased();
ALTER TABLE people_customerkey ENABLE ALWAYS TRIGGER people_customerkey_kept;
CREATE TRIGGER people_customerkey_not_of_erased BEFORE INSERT ON people_customerkey
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE people_customerkey ENABLE ALWAYS TRIGGER people_customerkey_not_of_erased;
CREATE TRIGGER people_acting_not_of_erased BEFORE INSERT ON people_acting
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE people_acting ENABLE ALWAYS TRIGGER people_acting_not_of_erased;
CREATE TRIGGER people_claimcode_not_of_erased BEFORE INSERT ON people_claimcode
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE people_claimcode ENABLE ALWAYS TRIGGER people_claimcode_not_of_erased;
"""

HOLDS = """
CREATE TRIGGER people_legalhold_not_of_erased BEFORE INSERT ON people_legalhold
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE people_legalhold ENABLE ALWAYS TRIGGER people_legalhold_not_of_erased;

CREATE FUNCTION is_officer(member uuid, roles text[]) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT EXISTS (SELECT FROM people_staffmember AS s
               WHERE s.user_id = member AND s.role = ANY (roles) AND s.ended_at IS NULL)
$$;

CREATE FUNCTION refuse_change_of_hold() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.placed_at) OR NEW.lifted_at IS NOT NULL
           OR NOT is_officer(NEW.placed_by_id, ARRAY['compliance_officer'])
           OR NEW.review_on <= (NEW.placed_at AT TIME ZONE 'UTC')::date
           OR NEW.review_on > (NEW.placed_at AT TIME ZONE 'UTC')::date + 366 THEN
            RAISE EXCEPTION 'a hold is placed now, by a compliance officer, to be looked at within a year'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
    ELSIF to_jsonb(OLD) - ARRAY['lifted_by_id', 'lifted_at'] IS DISTINCT FROM
          to_jsonb(NEW) - ARRAY['lifted_by_id', 'lifted_at']
       OR OLD.lifted_at IS NOT NULL OR NOT is_now(NEW.lifted_at)
       OR NOT is_officer(NEW.lifted_by_id, ARRAY['compliance_officer']) THEN
        RAISE EXCEPTION 'a hold is only lifted, once, now, by a compliance officer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_legalhold_frozen BEFORE INSERT OR UPDATE ON people_legalhold
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_hold();
ALTER TABLE people_legalhold ENABLE ALWAYS TRIGGER people_legalhold_frozen;

CREATE FUNCTION refuse_hold_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT ledger_tells_now(NEW.id::text, NEW.customer_id,
            CASE TG_OP WHEN 'INSERT' THEN 'legal_hold.placed' ELSE 'legal_hold.lifted' END, NEW.reason, '{}') THEN
        RAISE EXCEPTION 'a hold is placed and lifted with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_legalhold_on_record AFTER INSERT OR UPDATE ON people_legalhold
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_hold_off_record();
ALTER TABLE people_legalhold ENABLE ALWAYS TRIGGER people_legalhold_on_record;
REVOKE DELETE ON people_legalhold FROM portal_app;
"""

ERASURES = """
CREATE FUNCTION refuse_change_of_erasure() RETURNS trigger LANGUAGE plpgsql
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
       OR (NEW.original IS NULL AND NOT is_officer(coalesce(NEW.confirmed_by_id, NEW.cancelled_by_id), officers)) THEN
        RAISE EXCEPTION 'an erasure is confirmed or cancelled, once, now, by an officer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_erasure_frozen BEFORE INSERT OR UPDATE ON people_erasure
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_erasure();
ALTER TABLE people_erasure ENABLE ALWAYS TRIGGER people_erasure_frozen;

CREATE FUNCTION refuse_proposal_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF (CASE
        WHEN NEW.done_at IS NOT NULL THEN
            NOT ledger_tells_now(NEW.customer_id::text, NEW.customer_id, 'customer.erased', NEW.reason,
                                 jsonb_build_object('erasure', NEW.id))
            OR NOT EXISTS (SELECT FROM people_customer AS c
                           WHERE c.id = NEW.customer_id AND c.erased_at = NEW.done_at)
        WHEN NEW.cancelled_at IS NOT NULL THEN
            NOT ledger_tells_now(NEW.id::text, NEW.customer_id, 'erasure.cancelled', NEW.reason, '{}')
        ELSE NOT ledger_tells_now(NEW.id::text, NEW.customer_id, 'erasure.proposed', NEW.reason, '{}') END) THEN
        RAISE EXCEPTION 'an erasure moves with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_erasure_on_record AFTER INSERT OR UPDATE ON people_erasure
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_proposal_off_record();
ALTER TABLE people_erasure ENABLE ALWAYS TRIGGER people_erasure_on_record;
REVOKE DELETE ON people_erasure FROM portal_app;
"""

BACK = """
GRANT DELETE ON people_customer, people_legalhold, people_erasure TO portal_app;
DROP TRIGGER people_erasure_on_record ON people_erasure; DROP FUNCTION refuse_proposal_off_record;
DROP TRIGGER people_erasure_frozen ON people_erasure; DROP FUNCTION refuse_change_of_erasure;
DROP TRIGGER people_legalhold_on_record ON people_legalhold; DROP FUNCTION refuse_hold_off_record;
DROP TRIGGER people_legalhold_frozen ON people_legalhold; DROP FUNCTION refuse_change_of_hold;
DROP FUNCTION is_officer;
DROP TRIGGER people_legalhold_not_of_erased ON people_legalhold;
DROP TRIGGER people_claimcode_not_of_erased ON people_claimcode;
DROP TRIGGER people_acting_not_of_erased ON people_acting;
DROP TRIGGER people_customerkey_not_of_erased ON people_customerkey;
DROP TRIGGER people_customerkey_kept ON people_customerkey;
DROP TRIGGER people_customer_erased_stays ON people_customer; DROP FUNCTION refuse_change_of_erased;
DROP TRIGGER people_customer_erased_on_record ON people_customer; DROP FUNCTION refuse_erasure_off_record;
DROP FUNCTION refuse_unless_erased; DROP FUNCTION refuse_for_erased;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_erasures_and_legal_holds"),
        ("people", "0002_acting_is_on_record"),
        ("ledger", "0007_closing_entries_are_noted"),
    ]
    operations = [migrations.RunSQL(ERASED + CUSTOMERS + HOLDS + ERASURES, BACK)]
