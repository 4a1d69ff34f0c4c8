"""Some kinds of a customer's data go, others stay: by two officers, on record, not against a legal hold, and for good.

What is kept is shut to staff and to statistics by a migration of disclosures; which request it was for, rights knows.
"""

from django.db import migrations

REMOVING = """
-- A way out of the vault for some kinds. It needs no rule of its own: the trigger takes nothing away that no erasure,
-- whole or of part, has named when the transaction ends.
CREATE FUNCTION vault_remove_kinds(of_customer uuid, of_categories bigint[]) RETURNS SETOF uuid LANGUAGE sql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    DELETE FROM vault_record AS r WHERE r.customer_id = of_customer AND r.category_id = ANY (of_categories)
    RETURNING r.id
$$;
CREATE FUNCTION vault_holds_kinds(of_customer uuid, of_categories bigint[]) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM vault_record AS r
                   WHERE r.customer_id = of_customer AND r.category_id = ANY (of_categories))
$$;
GRANT CREATE ON SCHEMA public TO portal_vault_writer;
ALTER FUNCTION vault_remove_kinds OWNER TO portal_vault_writer;
ALTER FUNCTION vault_holds_kinds OWNER TO portal_vault_writer;
REVOKE CREATE ON SCHEMA public FROM portal_vault_writer;

CREATE FUNCTION refuse_removal_of_records() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = OLD.customer_id AND c.erased_at IS NOT NULL)
       AND NOT EXISTS (SELECT FROM vault_parterasure AS e JOIN catalogue_category AS k ON k.id = OLD.category_id
                       WHERE e.customer_id = OLD.customer_id AND e.done_at IS NOT NULL AND e.deleted ? k.code) THEN
        RAISE EXCEPTION 'only an erasure takes this away'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER vault_record_kept ON vault_record;
CREATE CONSTRAINT TRIGGER vault_record_kept AFTER DELETE ON vault_record DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_records();
ALTER TABLE vault_record ENABLE ALWAYS TRIGGER vault_record_kept;

-- Once for each statement: an import stores thousands of records. By its name it comes after `…_not_of_erased`, which
-- has waited for an erasure that was under way.
CREATE FUNCTION refuse_records_of_deleted_kinds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM vault_parterasure AS e JOIN stored AS s ON s.customer_id = e.customer_id
               JOIN catalogue_category AS k ON k.id = s.category_id
               WHERE e.done_at IS NOT NULL AND e.deleted ? k.code) THEN
        RAISE EXCEPTION 'this kind of the customer''s data was deleted for good'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vault_record_not_of_part_erased AFTER INSERT ON vault_record REFERENCING NEW TABLE AS stored
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_records_of_deleted_kinds();
ALTER TABLE vault_record ENABLE ALWAYS TRIGGER vault_record_not_of_part_erased;
"""

ERASURES = """
CREATE FUNCTION refuse_change_of_part_erasure() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    officers CONSTANT text[] := ARRAY['privacy_officer', 'compliance_officer'];
    moving CONSTANT text[] := ARRAY['done_at', 'confirmed_by_id', 'cancelled_at', 'cancelled_by_id', 'original'];
BEGIN
    IF NEW.original IS NOT NULL AND NOT is_being_restored() THEN
        RAISE EXCEPTION 'an erasure of part is done again only in a restoration'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    -- Who stores records holds this row too: they come before this, and are seen, or after it, and see it.
    IF NEW.done_at IS NOT NULL THEN
        PERFORM FROM people_customer AS c WHERE c.id = NEW.customer_id FOR NO KEY UPDATE;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.original IS NULL AND (NOT is_officer(NEW.proposed_by_id, officers) OR NOT is_now(NEW.proposed_at)
                                     OR NEW.done_at IS NOT NULL OR NEW.cancelled_at IS NOT NULL)
           OR jsonb_typeof(NEW.deleted) <> 'array' OR jsonb_typeof(NEW.kept) <> 'array'
           OR EXISTS (SELECT FROM jsonb_array_elements_text(NEW.deleted) AS d WHERE NEW.kept ? d) THEN
            RAISE EXCEPTION 'an erasure of part is proposed now, by an officer, and no kind both goes and stays'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving
       OR OLD.done_at IS NOT NULL OR OLD.cancelled_at IS NOT NULL
       OR NOT is_now(coalesce(NEW.done_at, NEW.cancelled_at))
       OR NEW.done_at IS NOT NULL AND NOT is_officer(NEW.confirmed_by_id, officers)
       OR NEW.cancelled_at IS NOT NULL AND NOT is_being_restored()
          AND NOT is_officer(NEW.cancelled_by_id, officers)
          AND NOT EXISTS (SELECT FROM people_acting AS a
                          WHERE a.customer_id = NEW.customer_id AND a.user_id = NEW.cancelled_by_id
                            AND a.starts_at <= portal_now() AND (a.ends_at IS NULL OR a.ends_at > portal_now())) THEN
        RAISE EXCEPTION 'an erasure of part is confirmed or cancelled once, now, by who may'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vault_parterasure_frozen BEFORE INSERT OR UPDATE ON vault_parterasure
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_part_erasure();
ALTER TABLE vault_parterasure ENABLE ALWAYS TRIGGER vault_parterasure_frozen;
CREATE TRIGGER vault_parterasure_not_of_erased BEFORE INSERT ON vault_parterasure
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE vault_parterasure ENABLE ALWAYS TRIGGER vault_parterasure_not_of_erased;

CREATE FUNCTION refuse_part_erasure_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    event CONSTANT text := CASE WHEN NEW.done_at IS NOT NULL THEN 'customer.part_erased'
                                WHEN NEW.cancelled_at IS NOT NULL THEN 'part_erasure.cancelled'
                                ELSE 'part_erasure.proposed' END;
    gone CONSTANT bigint[] := ARRAY(SELECT k.id FROM catalogue_category AS k WHERE NEW.deleted ? k.code);
BEGIN
    IF NOT ledger_tells_now(NEW.id::text, NEW.customer_id, event, NULL, jsonb_build_object(
            'request', NEW.request, 'deleted', NEW.deleted, 'kept', NEW.kept, 'law', NEW.law)) THEN
        RAISE EXCEPTION 'an erasure of part moves with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.done_at IS NOT NULL
       AND (NEW.original IS NULL AND EXISTS (SELECT FROM people_legalhold AS h
                                             WHERE h.customer_id = NEW.customer_id AND h.lifted_at IS NULL)
            OR vault_holds_kinds(NEW.customer_id, gone)) THEN
        RAISE EXCEPTION 'an erasure of part leaves nothing of what it names, and is not done against the law'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER vault_parterasure_on_record AFTER INSERT OR UPDATE ON vault_parterasure
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_part_erasure_off_record();
ALTER TABLE vault_parterasure ENABLE ALWAYS TRIGGER vault_parterasure_on_record;
REVOKE DELETE ON vault_parterasure FROM portal_app;
"""

BACK = """
GRANT DELETE ON vault_parterasure TO portal_app;
DROP TRIGGER vault_parterasure_on_record ON vault_parterasure; DROP FUNCTION refuse_part_erasure_off_record;
DROP TRIGGER vault_parterasure_not_of_erased ON vault_parterasure;
DROP TRIGGER vault_parterasure_frozen ON vault_parterasure; DROP FUNCTION refuse_change_of_part_erasure;
DROP TRIGGER vault_record_not_of_part_erased ON vault_record; DROP FUNCTION refuse_records_of_deleted_kinds;
DROP TRIGGER vault_record_kept ON vault_record; DROP FUNCTION refuse_removal_of_records;
CREATE CONSTRAINT TRIGGER vault_record_kept AFTER DELETE ON vault_record DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased();
ALTER TABLE vault_record ENABLE ALWAYS TRIGGER vault_record_kept;
DROP FUNCTION vault_holds_kinds; DROP FUNCTION vault_remove_kinds;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0007_erasures_of_part"),
        ("people", "0012_what_was_asked_is_taken_back"),
        ("ledger", "0010_erasures_of_part_close_too"),
    ]
    operations = [migrations.RunSQL(REMOVING + ERASURES, BACK)]
