"""A copy leaves for an account or for a code that works, below Python: a code is made for a package that is there, by
mail or by another officer than who confirmed the identity, tried and ended on record, and gone with its package.

The owner of the database is not bound (see people/0002), but for what removes.
"""

from django.db import migrations

CODES = """
-- Mail leads to this customer alone, as far as the database can tell.
CREATE FUNCTION rights_mail_leads_to(of_customer uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM people_customer AS c
    WHERE c.id = of_customer AND c.address_hash IS NOT NULL
      AND NOT EXISTS (SELECT FROM people_customer AS o WHERE o.address_hash = c.address_hash AND o.id <> c.id)
      AND NOT EXISTS (SELECT FROM notifications_failingaddress AS f WHERE f.address_hash = c.address_hash))
$$;

CREATE FUNCTION refuse_other_collection_code() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    officers CONSTANT text[] := ARRAY['privacy_officer', 'compliance_officer'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.made_at) OR NEW.tries <> 0 OR NEW.ended_at IS NOT NULL
           OR octet_length(NEW.code_hash) IS DISTINCT FROM 32
           OR NEW.made_by_id IS NOT NULL AND NOT is_officer(NEW.made_by_id, officers)
           OR NOT EXISTS (
               SELECT FROM rights_package AS p JOIN rights_rightsrequest AS r ON r.id = p.request_id
               WHERE p.id = NEW.package_id AND p.removed_at IS NULL AND portal_now() < p.ends_at
                 AND rights_may_copy(r.id::text, r.customer_id)
                 AND CASE NEW.way
                     WHEN 'mailed' THEN rights_mail_leads_to(r.customer_id)
                     ELSE (r.submitted_by <> 'self' OR NOT rights_mail_leads_to(r.customer_id))
                          AND NOT EXISTS (SELECT FROM ledger_entry AS e
                                          WHERE e.object = r.id::text AND e.actor_kind = 'staff'
                                            AND e.event = 'rights_request.identity_confirmed'
                                            AND e.actor = NEW.made_by_id::text) END) THEN
            RAISE EXCEPTION 'a code is made now, for a package that is there, and given out by another officer'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - ARRAY['code_hash', 'tries', 'ended_at', 'end']
       IS DISTINCT FROM to_jsonb(NEW) - ARRAY['code_hash', 'tries', 'ended_at', 'end']
       OR NEW.tries NOT IN (OLD.tries, OLD.tries + 1)
       OR OLD.ended_at IS NOT NULL
          AND (NEW.tries, NEW.ended_at, NEW."end") IS DISTINCT FROM (OLD.tries, OLD.ended_at, OLD."end")
       OR NEW.ended_at IS DISTINCT FROM OLD.ended_at AND NOT is_now(NEW.ended_at)
       OR NEW.code_hash IS DISTINCT FROM OLD.code_hash
          AND (NEW.code_hash IS NOT NULL
               OR EXISTS (SELECT FROM rights_package AS p WHERE p.id = NEW.package_id AND p.removed_at IS NULL)) THEN
        RAISE EXCEPTION 'a code is only tried, ended once, and forgotten with its package'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_collectioncode_frozen BEFORE INSERT OR UPDATE ON rights_collectioncode
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_other_collection_code();
ALTER TABLE rights_collectioncode ENABLE ALWAYS TRIGGER rights_collectioncode_frozen;
REVOKE DELETE ON rights_collectioncode FROM portal_app;

CREATE FUNCTION refuse_collection_code_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    of_request CONSTANT text := (SELECT p.request_id FROM rights_package AS p WHERE p.id = NEW.package_id);
    theirs CONSTANT uuid := (SELECT r.customer_id FROM rights_rightsrequest AS r WHERE r.id::text = of_request);
    this CONSTANT jsonb := jsonb_build_object('code', NEW.id);
    is_told CONSTANT boolean := CASE
        WHEN TG_OP = 'INSERT' THEN EXISTS (
            SELECT FROM ledger_entry AS e
            WHERE e.object = of_request AND e.customer = theirs AND e.event = 'rights_request.code_made'
              AND e.outcome = NEW.way AND e.details::jsonb @> this
              AND (e.actor_kind, e.actor) = (CASE WHEN NEW.made_by_id IS NULL THEN 'portal' ELSE 'staff' END,
                                             coalesce(NEW.made_by_id::text, ''))
              AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
              AND is_of_this_transaction(e.xmin))
        WHEN NEW.tries <> OLD.tries THEN
            ledger_tells_now(of_request, theirs, 'rights_request.code_typed',
                CASE NEW."end" WHEN 'tries' THEN 'tries' ELSE 'wrong' END, this)
        WHEN OLD.ended_at IS NULL AND NEW."end" = 'replaced' THEN
            ledger_tells_now(of_request, theirs, 'rights_request.code_made', NULL,
                jsonb_build_object('replaced', NEW.id))
        WHEN OLD.ended_at IS NULL AND NEW."end" IN ('stopped', 'tries') THEN
            ledger_tells_now(of_request, theirs, 'rights_request.code_ended', NEW."end", this)
        ELSE ledger_tells_now(of_request, theirs, 'rights_request.package_removed', NULL,
                 jsonb_build_object('package', NEW.package_id))
             OR ledger_tells_now(theirs::text, theirs, 'customer.erased', NULL, '{}') END;
BEGIN
    IF NOT is_told THEN
        RAISE EXCEPTION 'a code is made, tried and ended with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_collectioncode_on_record AFTER INSERT OR UPDATE ON rights_collectioncode
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_collection_code_off_record();
ALTER TABLE rights_collectioncode ENABLE ALWAYS TRIGGER rights_collectioncode_on_record;
"""

# The function of 0004 with one way more: a code that works, typed by nobody of the company as far as it shows.
TAKEN = """
CREATE OR REPLACE FUNCTION refuse_download_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_package AS p JOIN rights_rightsrequest AS r ON r.id = p.request_id
        WHERE p.id = NEW.package_id AND p.removed_at IS NULL AND portal_now() < p.ends_at AND is_now(NEW.taken_at)
          AND ({with_account}{with_code})) THEN
        RAISE EXCEPTION 'a package goes to its customer alone, and on record'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
WITH_ACCOUNT = """EXISTS (
              SELECT FROM ledger_entry AS e JOIN people_acting AS a
                  ON a.customer_id = r.customer_id AND a.user_id::text = e.actor
                     AND a.starts_at <= portal_now() AND (a.ends_at IS NULL OR a.ends_at > portal_now())
              WHERE e.object = r.id::text AND e.customer = r.customer_id
                AND e.event = 'rights_request.package_downloaded' AND e.outcome = NEW.part
                AND e.actor = NEW.taken_by_id::text
                AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
                AND is_of_this_transaction(e.xmin))"""
WITH_CODE = """
              OR EXISTS (
              SELECT FROM rights_collectioncode AS c JOIN ledger_entry AS e
                  ON e.details::jsonb @> jsonb_build_object('code', c.id)
              WHERE c.id = NEW.code_id AND c.package_id = p.id AND c.ended_at IS NULL
                AND e.object = r.id::text AND e.customer = r.customer_id AND e.actor_kind <> 'staff'
                AND e.event = 'rights_request.package_downloaded' AND e.outcome = NEW.part
                AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
                AND is_of_this_transaction(e.xmin))"""

# As in 0004: kept until the request is over, and removed with it.
KEPT = """
CREATE OR REPLACE FUNCTION refuse_removal_of_rights() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    gone CONSTANT jsonb := to_jsonb(OLD);
    of_request CONSTANT uuid := CASE
        WHEN TG_TABLE_NAME = 'rights_rightsrequest' THEN gone ->> 'id'
        WHEN TG_TABLE_NAME IN ({of_packages}) THEN (SELECT p.request_id::text FROM rights_package AS p
                                                    WHERE p.id::text = gone ->> 'package_id')
        ELSE gone ->> 'request_id' END;
BEGIN
    IF TG_OP = 'DELETE' AND rights_is_over(of_request) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a request and what belongs to it is kept until its time is over'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE OR REPLACE FUNCTION rights_remove(of_request uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM rights_download AS d USING rights_package AS p WHERE p.id = d.package_id AND p.request_id = of_request;
    {remove_codes}DELETE FROM rights_package WHERE request_id = of_request;
    DELETE FROM rights_correction WHERE request_id = of_request;
    DELETE FROM rights_meant WHERE request_id = of_request;
    DELETE FROM rights_late WHERE request_id = of_request;
    DELETE FROM rights_told WHERE request_id = of_request;
    DELETE FROM rights_search WHERE request_id = of_request;
    DELETE FROM rights_words WHERE request_id = of_request;
    DELETE FROM rights_rightsrequest WHERE id = of_request;
END $$;
"""
REMOVE_CODES = """DELETE FROM rights_collectioncode AS c USING rights_package AS p
        WHERE p.id = c.package_id AND p.request_id = of_request;
    """
NOT_BY_HAND = """
CREATE TRIGGER rights_collectioncode_kept BEFORE DELETE ON rights_collectioncode
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
ALTER TABLE rights_collectioncode ENABLE ALWAYS TRIGGER rights_collectioncode_kept;
"""

BACK = """
DROP TRIGGER rights_collectioncode_kept ON rights_collectioncode;
DROP TRIGGER rights_collectioncode_on_record ON rights_collectioncode;
DROP FUNCTION refuse_collection_code_off_record;
DROP TRIGGER rights_collectioncode_frozen ON rights_collectioncode; DROP FUNCTION refuse_other_collection_code;
DROP FUNCTION rights_mail_leads_to;
GRANT DELETE ON rights_collectioncode TO portal_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0010_collection_codes"),
        ("notifications", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            CODES
            + TAKEN.format(with_account=WITH_ACCOUNT, with_code=WITH_CODE)
            + KEPT.format(of_packages="'rights_download', 'rights_collectioncode'", remove_codes=REMOVE_CODES)
            + NOT_BY_HAND,
            KEPT.format(of_packages="'rights_download'", remove_codes="")
            + TAKEN.format(with_account=WITH_ACCOUNT, with_code="")
            + BACK,
        )
    ]
