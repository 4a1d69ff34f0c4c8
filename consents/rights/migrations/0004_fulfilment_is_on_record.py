"""What fulfils a request, below Python: a copy only for who was answered, theirs for two weeks, each download told of;
a value corrected by an officer for somebody known; late for ever; and nothing removed before its time.

None of this binds the owner of the database (see people/0002), but for what removes.
"""

from django.db import migrations

from consents.core.append_only import append_only

COPIES = """
-- Answered with yes, which no path reaches before it is known who asks.
CREATE FUNCTION rights_may_copy(of_request text, of_customer uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT EXISTS (SELECT FROM rights_rightsrequest AS r
               WHERE r.id::text = of_request AND r.customer_id = of_customer
                 AND r.request_type IN ('A15', 'A20', 'access:categories', 'access:specific')
                 AND r.outcome IN ('complied_whole', 'complied_part'))
$$;

CREATE FUNCTION refuse_other_package() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    theirs CONSTANT uuid := (SELECT r.customer_id FROM rights_rightsrequest AS r WHERE r.id = NEW.request_id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.made_at) OR NEW.ends_at <> NEW.made_at + interval '14 days' OR NEW.removed_at IS NOT NULL
           OR NOT rights_may_copy(NEW.request_id::text, theirs) THEN
            RAISE EXCEPTION 'a package is made now, for two weeks, for a request that was granted'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - ARRAY['sealed_page', 'sealed_data', 'removed_at']
       IS DISTINCT FROM to_jsonb(NEW) - ARRAY['sealed_page', 'sealed_data', 'removed_at']
       OR OLD.removed_at IS NOT NULL OR NOT is_now(NEW.removed_at)
       OR NOT (OLD.ends_at <= portal_now()
               OR EXISTS (SELECT FROM people_customer AS c WHERE c.id = theirs AND c.erased_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'a package only goes, when its time is over or with its customer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_package_frozen BEFORE INSERT OR UPDATE ON rights_package
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_other_package();
ALTER TABLE rights_package ENABLE ALWAYS TRIGGER rights_package_frozen;
REVOKE DELETE ON rights_package FROM portal_app;

CREATE FUNCTION refuse_package_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    theirs CONSTANT uuid := (SELECT r.customer_id FROM rights_rightsrequest AS r WHERE r.id = NEW.request_id);
BEGIN
    IF NOT ledger_tells_now(NEW.request_id::text, theirs,
            CASE TG_OP WHEN 'INSERT' THEN 'rights_request.packaged' ELSE 'rights_request.package_removed' END, NULL,
            jsonb_build_object('package', NEW.id))
       AND NOT (TG_OP = 'UPDATE' AND ledger_tells_now(theirs::text, theirs, 'customer.erased', NULL, '{}')) THEN
        RAISE EXCEPTION 'a package is made and removed with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_package_on_record AFTER INSERT OR UPDATE ON rights_package
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_package_off_record();
ALTER TABLE rights_package ENABLE ALWAYS TRIGGER rights_package_on_record;

CREATE FUNCTION refuse_download_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_package AS p JOIN rights_rightsrequest AS r ON r.id = p.request_id
        WHERE p.id = NEW.package_id AND p.removed_at IS NULL AND portal_now() < p.ends_at AND is_now(NEW.taken_at)
          AND EXISTS (SELECT FROM ledger_entry AS e JOIN people_acting AS a
                          ON a.customer_id = r.customer_id AND a.user_id::text = e.actor
                             AND a.starts_at <= portal_now() AND (a.ends_at IS NULL OR a.ends_at > portal_now())
                      WHERE e.object = r.id::text AND e.customer = r.customer_id
                        AND e.event = 'rights_request.package_downloaded' AND e.outcome = NEW.part
                        AND e.actor = NEW.taken_by_id::text
                        AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
                        AND is_of_this_transaction(e.xmin))) THEN
        RAISE EXCEPTION 'a package goes to its customer alone, and on record'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_download_on_record AFTER INSERT ON rights_download DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_download_off_record();
ALTER TABLE rights_download ENABLE ALWAYS TRIGGER rights_download_on_record;
"""

# The function of disclosures/0005 with one way more: an own copy that the portal takes for a request that was granted.
OPENINGS = """
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
                  e.event = 'vault.own_copy'
                  AND CASE WHEN e.actor_kind IN ('customer', 'representative') THEN
                          EXISTS (SELECT FROM people_acting AS a
                                  WHERE a.customer_id = NEW.customer_id AND a.user_id::text = e.actor
                                    AND a.ends_at IS NULL)
                      WHEN e.actor_kind = 'portal' THEN {for_a_request}
                      ELSE false END
              WHEN 'statistics' THEN e.event = 'vault.statistics' AND e.actor_kind = 'portal'
              ELSE false END
          AND is_of_this_transaction(e.xmin)) THEN
        RAISE EXCEPTION 'an opening is recorded with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
FOR_A_REQUEST = "rights_may_copy(e.details::jsonb ->> 'request', NEW.customer_id)"

CORRECTIONS = """
CREATE FUNCTION refuse_correction_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        WHERE r.id = NEW.request_id AND r.request_type IN ('A16', 'correction') AND r.state <> 'answered'
          AND r.verified_at IS NOT NULL AND is_now(NEW.decided_at)
          AND is_officer(NEW.decided_by_id, ARRAY['privacy_officer', 'compliance_officer'])
          AND ledger_tells_now(r.id::text, r.customer_id, 'rights_request.value_decided',
                  CASE WHEN NEW.is_accepted THEN 'accepted' ELSE 'refused' END,
                  jsonb_build_object('place', NEW.place))
          AND (NOT NEW.is_accepted OR ledger_tells_now('records', r.customer_id, 'vault.stored', NULL, '{}'))) THEN
        RAISE EXCEPTION 'a value is decided on by an officer, for somebody known, and on record'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_correction_on_record AFTER INSERT ON rights_correction
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_correction_off_record();
ALTER TABLE rights_correction ENABLE ALWAYS TRIGGER rights_correction_on_record;

CREATE FUNCTION refuse_meant_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        WHERE r.id = NEW.request_id AND r.request_type IN ('A16', 'correction') AND r.state <> 'answered'
          AND is_now(NEW.chosen_at)
          AND rights_customer_tells_now(r.id::text, r.customer_id, 'rights_request.entry_chosen')) THEN
        RAISE EXCEPTION 'an entry is chosen by its customer, and on record'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_meant_on_record AFTER INSERT ON rights_meant DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_meant_off_record();
ALTER TABLE rights_meant ENABLE ALWAYS TRIGGER rights_meant_on_record;
"""

LATE = """
CREATE FUNCTION refuse_late_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        WHERE r.id = NEW.request_id AND r.waiting_since IS NULL AND NEW.due_at = coalesce(r.extended_to, r.due_at)
          AND coalesce(r.responded_at, portal_now()) > NEW.due_at AND is_now(NEW.noted_at)
          AND ledger_tells_now(r.id::text, r.customer_id, 'rights_request.late', NULL, '{}')) THEN
        RAISE EXCEPTION 'late is what has passed its day, and on record'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_late_on_record AFTER INSERT ON rights_late DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_late_off_record();
ALTER TABLE rights_late ENABLE ALWAYS TRIGGER rights_late_on_record;
"""

# Of two years after its end (11 CCR 7101(a)) nothing of a request is kept, unless the law holds it. The way out is
# `rights_remove` alone, with its entry; whoever calls it, the triggers look.
REMOVING = """
CREATE FUNCTION rights_is_over(of_request uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM rights_rightsrequest AS r
    WHERE r.id = of_request AND r.state = 'answered' AND r.retain_until < (portal_now() AT TIME ZONE 'UTC')::date
      AND r.appeal_outcome <> 'pending'
      AND coalesce(r.appeal_decided_at, r.responded_at) < portal_now() - interval '24 months'
      AND NOT EXISTS (SELECT FROM people_legalhold AS h WHERE h.customer_id = r.customer_id AND h.lifted_at IS NULL)
      AND ledger_tells_now(r.id::text, r.customer_id, 'rights_request.removed', NULL, '{}'))
$$;

CREATE FUNCTION refuse_removal_of_rights() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    gone CONSTANT jsonb := to_jsonb(OLD);
    of_request CONSTANT uuid := CASE TG_TABLE_NAME
        WHEN 'rights_rightsrequest' THEN gone ->> 'id'
        WHEN 'rights_download' THEN (SELECT p.request_id::text FROM rights_package AS p
                                     WHERE p.id::text = gone ->> 'package_id')
        ELSE gone ->> 'request_id' END;
BEGIN
    IF TG_OP = 'DELETE' AND rights_is_over(of_request) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a request and what belongs to it is kept until its time is over'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
DROP TRIGGER rights_rightsrequest_frozen ON rights_rightsrequest;
CREATE TRIGGER rights_rightsrequest_frozen BEFORE UPDATE ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_rights_request();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_frozen;
CREATE TRIGGER rights_rightsrequest_kept BEFORE DELETE ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_kept;
CREATE TRIGGER rights_package_kept BEFORE DELETE ON rights_package
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
ALTER TABLE rights_package ENABLE ALWAYS TRIGGER rights_package_kept;

CREATE FUNCTION rights_remove(of_request uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM rights_download AS d USING rights_package AS p WHERE p.id = d.package_id AND p.request_id = of_request;
    DELETE FROM rights_package WHERE request_id = of_request;
    DELETE FROM rights_correction WHERE request_id = of_request;
    DELETE FROM rights_meant WHERE request_id = of_request;
    DELETE FROM rights_late WHERE request_id = of_request;
    DELETE FROM rights_told WHERE request_id = of_request;
    DELETE FROM rights_search WHERE request_id = of_request;
    DELETE FROM rights_words WHERE request_id = of_request;
    DELETE FROM rights_rightsrequest WHERE id = of_request;
END $$;
"""
HISTORY = ["rights_search", "rights_told", "rights_late", "rights_meant", "rights_correction", "rights_download"]
# Append-only as before, but for the end.
UNTIL_OVER = """
DROP TRIGGER {table}_append_only ON {table};
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {function}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
"""

BACK = """
DROP FUNCTION rights_remove;
DROP TRIGGER rights_package_kept ON rights_package;
DROP TRIGGER rights_rightsrequest_kept ON rights_rightsrequest;
DROP TRIGGER rights_rightsrequest_frozen ON rights_rightsrequest;
CREATE TRIGGER rights_rightsrequest_frozen BEFORE UPDATE OR DELETE ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_rights_request();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_frozen;
DROP FUNCTION refuse_removal_of_rights; DROP FUNCTION rights_is_over;
DROP TRIGGER rights_late_on_record ON rights_late; DROP FUNCTION refuse_late_off_record;
DROP TRIGGER rights_meant_on_record ON rights_meant; DROP FUNCTION refuse_meant_off_record;
DROP TRIGGER rights_correction_on_record ON rights_correction; DROP FUNCTION refuse_correction_off_record;
DROP TRIGGER rights_download_on_record ON rights_download; DROP FUNCTION refuse_download_off_record;
DROP TRIGGER rights_package_on_record ON rights_package; DROP FUNCTION refuse_package_off_record;
DROP TRIGGER rights_package_frozen ON rights_package; DROP FUNCTION refuse_other_package;
GRANT DELETE ON rights_package TO portal_app;
DROP FUNCTION rights_may_copy;
"""


def append_only_until_over(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        UNTIL_OVER.format(table=table, function="refuse_removal_of_rights"),
        UNTIL_OVER.format(table=table, function="refuse_change"),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0003_fulfilment"),
        ("disclosures", "0005_each_kind_has_its_own_entry"),
        ("vault", "0005_one_value_corrected"),
    ]
    operations = [
        migrations.RunSQL(
            COPIES + OPENINGS.format(for_a_request=FOR_A_REQUEST) + CORRECTIONS + LATE,
            OPENINGS.format(for_a_request="false"),
        ),
        *[append_only(table) for table in HISTORY[2:]],
        migrations.RunSQL(REMOVING, BACK),
        *[append_only_until_over(table) for table in HISTORY],
    ]
