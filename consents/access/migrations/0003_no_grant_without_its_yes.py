"""Promises 1, 2 and 5 below Python: no grant without its answer, nothing without its ledger entry, no moment but now.

Deferred triggers look when the transaction ends: at a grant's answer, made in the same transaction, by one who acts
for the customer, to exactly what is on record, and at the entry that tells of it. `xid` is the transaction that made
a row; the application role can set neither it nor a moment of another time. The owner is not bound (see people).
"""

from django.db import migrations

COLUMNS = """
ALTER TABLE access_accessrequest ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE access_answer ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
REVOKE INSERT ON access_accessrequest, access_answer FROM portal_app;
GRANT INSERT (id, customer_id, staff_id, asked_name, asked_team, purpose_id, version_id, reason, sentence,
              sensitive_reason, case_number, duration, answer_by, filed_at, digest, token, state, ended_at,
              may_ask_again_at)
    ON access_accessrequest TO portal_app;
GRANT INSERT (request_id, decision, answered_by_id, capacity, duration, shown_digest, sealed_message, token,
              answered_at)
    ON access_answer TO portal_app;
"""

MOMENTS = """
CREATE FUNCTION refuse_request_of_another_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.filed_at) OR NEW.state <> 'pending' OR NEW.may_ask_again_at IS NOT NULL THEN
            RAISE EXCEPTION 'a request is filed now and waits'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.ended_at IS DISTINCT FROM OLD.ended_at AND NOT is_now(NEW.ended_at)
       AND NOT (NEW.state = 'expired' AND NEW.ended_at = NEW.answer_by AND NEW.answer_by <= portal_now()) THEN
        RAISE EXCEPTION 'a request ends now, or at its answer-by moment'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.may_ask_again_at IS DISTINCT FROM OLD.may_ask_again_at AND NOT is_now(NEW.may_ask_again_at) THEN
        RAISE EXCEPTION 'a waiting time is lifted now' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_accessrequest_is_now BEFORE INSERT OR UPDATE ON access_accessrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_request_of_another_time();
ALTER TABLE access_accessrequest ENABLE ALWAYS TRIGGER access_accessrequest_is_now;

CREATE FUNCTION refuse_answer_of_another_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT is_now(NEW.answered_at) THEN
        RAISE EXCEPTION 'an answer is given now' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_answer_is_now BEFORE INSERT ON access_answer
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_answer_of_another_time();
ALTER TABLE access_answer ENABLE ALWAYS TRIGGER access_answer_is_now;

CREATE FUNCTION refuse_grant_of_another_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NOT is_now(NEW.starts_at) OR NEW.ended_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a grant starts now' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.ended_at IS DISTINCT FROM OLD.ended_at AND NOT is_now(NEW.ended_at)
       AND NOT (NEW."end" = 'time' AND NEW.ended_at = NEW.ends_at AND NEW.ends_at <= portal_now()) THEN
        RAISE EXCEPTION 'a grant ends now, or when its time is over'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_grant_is_now BEFORE INSERT OR UPDATE ON access_grant
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_grant_of_another_time();
ALTER TABLE access_grant ENABLE ALWAYS TRIGGER access_grant_is_now;
"""

# What is asked is fixed with the asking: a category put in later would be one the customer never saw.
CATEGORIES = """
CREATE FUNCTION refuse_category_asked_later() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM access_accessrequest AS r
                   WHERE r.id = NEW.request_id AND r.xid = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'a filed request asks for nothing more'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_requestedcategory_when_filed AFTER INSERT ON access_requestedcategory
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_category_asked_later();
ALTER TABLE access_requestedcategory ENABLE ALWAYS TRIGGER access_requestedcategory_when_filed;
"""

REQUESTS = """
CREATE FUNCTION refuse_request_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    asked CONSTANT jsonb := (SELECT coalesce(jsonb_agg(c.code), '[]')
                             FROM access_requestedcategory AS q JOIN catalogue_category AS c ON c.id = q.category_id
                             WHERE q.request_id = NEW.id);
BEGIN
    IF TG_OP = 'INSERT' AND NOT ledger_tells_now(NEW.id::text, NEW.customer_id, 'access_request.filed', 'pending',
            jsonb_build_object('digest', NEW.digest, 'categories', asked)) THEN
        RAISE EXCEPTION 'a request is filed with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_accessrequest_on_record AFTER INSERT ON access_accessrequest
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_request_off_record();
ALTER TABLE access_accessrequest ENABLE ALWAYS TRIGGER access_accessrequest_on_record;

CREATE FUNCTION refuse_ending_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.state <> OLD.state
          AND NOT ledger_tells_now(NEW.id::text, NEW.customer_id, 'access_request.%', NEW.state, '{}')
       OR NEW.may_ask_again_at IS DISTINCT FROM OLD.may_ask_again_at
          AND NOT ledger_tells_now(NEW.id::text, NEW.customer_id, 'access_request.wait_lifted', NULL, '{}') THEN
        RAISE EXCEPTION 'a request moves with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('approved', 'partly_approved')
       AND NOT EXISTS (SELECT FROM access_answer AS a
                       WHERE a.request_id = NEW.id AND a.decision IN ('all', 'part')
                         AND a.xid = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'only an answer approves a request' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_accessrequest_ends_on_record AFTER UPDATE ON access_accessrequest
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_ending_off_record();
ALTER TABLE access_accessrequest ENABLE ALWAYS TRIGGER access_accessrequest_ends_on_record;
"""

ANSWERS = """
CREATE FUNCTION refuse_answer_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM access_accessrequest AS r
        WHERE r.id = NEW.request_id
          AND NEW.shown_digest = r.digest AND NEW.duration <= r.duration AND NEW.answered_at < r.answer_by
          AND CASE NEW.decision WHEN 'all' THEN r.state = 'approved' AND NEW.duration = r.duration
                                WHEN 'part' THEN r.state IN ('approved', 'partly_approved')
                                ELSE r.state = 'denied' END
          AND EXISTS (SELECT FROM people_acting AS p
                      WHERE p.user_id = NEW.answered_by_id AND p.customer_id = r.customer_id
                        AND p.capacity = NEW.capacity AND p.starts_at <= NEW.answered_at
                        AND (p.ends_at IS NULL OR NEW.answered_at < p.ends_at))
          AND ledger_tells_now(r.id::text, r.customer_id, 'access_request.answered', r.state,
                               jsonb_build_object('digest', NEW.shown_digest))) THEN
        RAISE EXCEPTION 'an answer is by one who acts for the customer, to what was shown, and on record'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_answer_on_record AFTER INSERT ON access_answer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_answer_off_record();
ALTER TABLE access_answer ENABLE ALWAYS TRIGGER access_answer_on_record;
"""

GRANTS = """
CREATE FUNCTION refuse_grant_without_yes() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM access_accessrequest AS r
        JOIN access_answer AS a ON a.request_id = r.id
        JOIN access_requestedcategory AS q ON q.request_id = r.id AND q.category_id = NEW.category_id
        JOIN catalogue_category AS c ON c.id = q.category_id
        WHERE r.id = NEW.request_id
          AND a.decision IN ('all', 'part') AND a.xid = pg_current_xact_id() AND a.shown_digest = r.digest
          AND (r.staff_id, r.customer_id, r.purpose_id) = (NEW.staff_id, NEW.customer_id, NEW.purpose_id)
          AND NEW.starts_at = a.answered_at AND NEW.ends_at - NEW.starts_at <= least(a.duration, r.duration)
          AND ledger_tells_now(r.id::text, r.customer_id, 'access_request.answered', r.state,
                               jsonb_build_object('digest', r.digest, 'categories', jsonb_build_array(c.code)))) THEN
        RAISE EXCEPTION 'a grant is what a customer said yes to, in the same transaction and on record'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_grant_has_its_yes AFTER INSERT ON access_grant DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_grant_without_yes();
ALTER TABLE access_grant ENABLE ALWAYS TRIGGER access_grant_has_its_yes;

CREATE FUNCTION refuse_grant_ended_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT ledger_tells_now(NEW.request_id::text, NEW.customer_id, 'grant.ended', NEW."end",
                            jsonb_build_object('grants', jsonb_build_array(NEW.id))) THEN
        RAISE EXCEPTION 'a grant ends with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_grant_ends_on_record AFTER UPDATE ON access_grant DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner' AND OLD.ended_at IS DISTINCT FROM NEW.ended_at)
    EXECUTE FUNCTION refuse_grant_ended_off_record();
ALTER TABLE access_grant ENABLE ALWAYS TRIGGER access_grant_ends_on_record;
"""

BACK = """
DROP TRIGGER access_grant_ends_on_record ON access_grant; DROP FUNCTION refuse_grant_ended_off_record;
DROP TRIGGER access_grant_has_its_yes ON access_grant; DROP FUNCTION refuse_grant_without_yes;
DROP TRIGGER access_answer_on_record ON access_answer; DROP FUNCTION refuse_answer_off_record;
DROP TRIGGER access_accessrequest_ends_on_record ON access_accessrequest; DROP FUNCTION refuse_ending_off_record;
DROP TRIGGER access_accessrequest_on_record ON access_accessrequest; DROP FUNCTION refuse_request_off_record;
DROP TRIGGER access_requestedcategory_when_filed ON access_requestedcategory;
DROP FUNCTION refuse_category_asked_later;
DROP TRIGGER access_grant_is_now ON access_grant; DROP FUNCTION refuse_grant_of_another_time;
DROP TRIGGER access_answer_is_now ON access_answer; DROP FUNCTION refuse_answer_of_another_time;
DROP TRIGGER access_accessrequest_is_now ON access_accessrequest; DROP FUNCTION refuse_request_of_another_time;
ALTER TABLE access_answer DROP COLUMN xid; ALTER TABLE access_accessrequest DROP COLUMN xid;
GRANT INSERT ON access_accessrequest, access_answer TO portal_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_filed_requests_never_change"),
        ("people", "0002_acting_is_on_record"),
        ("catalogue", "0002_frozen_once_published"),
    ]
    operations = [migrations.RunSQL(COLUMNS + MOMENTS + CATEGORIES + REQUESTS + ANSWERS + GRANTS, BACK)]
