-- Promise 1 (consents/DESIGN.md): No answer is a no.
-- Promise 2 (consents/DESIGN.md): What was approved is what was shown.
-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- No grant without its answer; on a shared account where all must agree, none without the yes of every holder; nothing
-- without its ledger entry. The triggers look when the transaction ends: at the answer, made in the same transaction, by
-- someone who acts for the customer, to exactly what is on record, and at the entry. They do not bind the owner of the
-- database (see ledger/sql/lookups.sql).

-- The transaction that made a row; the application can set neither this nor a moment of another time.
ALTER TABLE access_accessrequest ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE access_answer ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

-- What is asked is fixed with the asking: a category added later would be one the customer never saw. Each is looked for
-- in the entry by itself: the request may have been looked at before it was added, in the same transaction.
CREATE FUNCTION refuse_late_category() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM access_accessrequest AS r JOIN catalogue_category AS c ON c.id = NEW.category_id
                   WHERE r.id = NEW.access_request_id AND r.xid = pg_current_xact_id()
                     AND is_on_record(r.id::text, r.customer_id, 'access_request.filed', NULL,
                                      jsonb_build_object('categories', jsonb_build_array(c.code)))) THEN
        PERFORM portal.refuse('categories cannot be added to a filed request', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_requestedcategory_when_filed AFTER INSERT ON access_requestedcategory
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_late_category();

-- A request is filed with its ledger entry.
CREATE FUNCTION require_entry_for_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    asked CONSTANT jsonb := (SELECT coalesce(jsonb_agg(c.code), '[]')
                             FROM access_requestedcategory AS q JOIN catalogue_category AS c ON c.id = q.category_id
                             WHERE q.access_request_id = NEW.id);
BEGIN
    IF NOT is_on_record(NEW.id::text, NEW.customer_id, 'access_request.filed', 'pending',
            jsonb_build_object('digest', NEW.digest, 'categories', asked), NEW.staff_id) THEN
        PERFORM portal.refuse('a request can only be filed with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_accessrequest_on_record AFTER INSERT ON access_accessrequest
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_request();

-- A request ends with its ledger entry, under the very name by which the journal knows that it closes something, and
-- only an answer approves it. Whoever acts for the customer lifts the waiting time and asks for a reminder.
CREATE FUNCTION require_entry_for_request_end() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.state <> OLD.state
          AND NOT is_on_record(NEW.id::text, NEW.customer_id, 'access_request.answered', NEW.state, '{}')
          AND NOT (NEW.state NOT IN ('approved', 'partly_approved')
                   AND is_on_record(NEW.id::text, NEW.customer_id, 'access_request.' || NEW.state, NEW.state, '{}'))
       OR NEW.may_ask_again_at IS DISTINCT FROM OLD.may_ask_again_at
          AND NOT customer_tells_now(NEW.id::text, NEW.customer_id, 'access_request.wait_lifted')
       OR NEW.remind_at IS DISTINCT FROM OLD.remind_at
          AND NOT customer_tells_now(NEW.id::text, NEW.customer_id, 'access_request.reminder_wanted') THEN
        PERFORM portal.refuse('a request can only change state with its ledger entry', TG_NAME);
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('approved', 'partly_approved')
       AND NOT EXISTS (SELECT FROM access_answer AS a
                       WHERE a.access_request_id = NEW.id AND a.decision IN ('all', 'part')
                         AND a.xid = pg_current_xact_id()) THEN
        PERFORM portal.refuse('only the customer''s answer can approve a request', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_accessrequest_ends_on_record AFTER UPDATE ON access_accessrequest
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_request_end();

-- Does every other holder of the account say yes to this too? Where their contract asks for the yes of all, and as long
-- as they hold it; the yes of one who has left no longer counts, and no longer narrows.
CREATE FUNCTION portal.has_assents(of_request uuid, answering uuid, lasts interval, wanted jsonb) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
WITH holder AS (
    SELECT a.user_id FROM people_acting AS a JOIN access_accessrequest AS r USING (customer_id)
    WHERE r.id = of_request AND a.capacity IN ('self', 'holder') AND a.ends_at IS NULL)
SELECT (SELECT count(*) FROM holder) < 2
    OR EXISTS (SELECT FROM people_customer AS c JOIN access_accessrequest AS r ON r.customer_id = c.id
               WHERE r.id = of_request AND c.yes_of = 'any')
    OR NOT EXISTS (
        SELECT FROM holder AS h
        WHERE h.user_id <> answering
          AND NOT EXISTS (SELECT FROM access_assent AS s
                          WHERE s.access_request_id = of_request AND s.given_by_id = h.user_id
                            AND s.duration >= lasts AND s.categories @> wanted))
$$;
GRANT EXECUTE ON FUNCTION portal.has_assents TO portal_app;

-- A holder's yes that waits for the others is given now, while the request waits.
CREATE FUNCTION refuse_late_assent() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.given_at)
       OR NOT EXISTS (SELECT FROM access_accessrequest AS r
                      WHERE r.id = NEW.access_request_id AND r.state = 'pending' AND r.answer_by > portal.clock()) THEN
        PERFORM portal.refuse('an assent must be given now, to a request that waits', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_assent_waits BEFORE INSERT ON access_assent
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_late_assent();

-- It is by a holder of the account, to what was shown, and on record.
CREATE FUNCTION require_entry_for_assent() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM access_accessrequest AS r
        WHERE r.id = NEW.access_request_id AND NEW.shown_digest = r.digest
          AND NEW.duration > interval '0' AND NEW.duration <= r.duration
          AND NEW.categories <@ (SELECT jsonb_agg(c.code)
                                 FROM access_requestedcategory AS q JOIN catalogue_category AS c ON c.id = q.category_id
                                 WHERE q.access_request_id = r.id)
          AND EXISTS (SELECT FROM people_acting AS a
                      WHERE a.user_id = NEW.given_by_id AND a.customer_id = r.customer_id
                        AND a.capacity IN ('self', 'holder') AND a.ends_at IS NULL)
          AND is_on_record(r.id::text, r.customer_id, 'access_request.assented', NULL,
                               jsonb_build_object('assent', NEW.id, 'digest', r.digest, 'categories', NEW.categories),
                               NEW.given_by_id)) THEN
        PERFORM portal.refuse(
            'an assent must be by a holder of the account, to the request as shown, and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_assent_on_record AFTER INSERT ON access_assent DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_entry_for_assent();

-- An answer is by someone who acts for the customer, or recorded by the officer to whom a caller proved with a code that
-- they are the customer, in the last half hour; to what was shown, and on record.
CREATE FUNCTION require_entry_for_answer() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM access_accessrequest AS r
        WHERE r.id = NEW.access_request_id
          AND NEW.shown_digest = r.digest AND NEW.duration <= r.duration
          AND (NEW.decision = 'none' OR has_assents(r.id, NEW.answered_by_id, NEW.duration, '[]'))
          AND NEW.answered_at < r.answer_by AND portal.clock() < r.answer_by
          AND CASE NEW.decision WHEN 'all' THEN r.state = 'approved' AND NEW.duration = r.duration
                                WHEN 'part' THEN r.state IN ('approved', 'partly_approved')
                                ELSE r.state = 'denied' END
          AND CASE WHEN NEW.caller_code_id IS NULL THEN EXISTS (
                  SELECT FROM people_acting AS p
                  WHERE p.user_id = NEW.answered_by_id AND p.customer_id = r.customer_id
                    AND p.capacity = NEW.capacity AND p.starts_at <= NEW.answered_at
                    AND (p.ends_at IS NULL OR NEW.answered_at < p.ends_at))
              ELSE NEW.capacity = 'self' AND may_record_answer(NEW.answered_by_id, r.id) AND EXISTS (
                  SELECT FROM access_callercode AS c
                  WHERE c.id = NEW.caller_code_id AND c.access_request_id = r.id AND c.sent_by_id = NEW.answered_by_id
                    AND c.proof IS NOT NULL AND NEW.answered_at < c.proved_at + interval '30 minutes') END
          AND is_on_record(r.id::text, r.customer_id, 'access_request.answered', r.state, jsonb_strip_nulls(
                  jsonb_build_object('digest', NEW.shown_digest, 'caller_code', NEW.caller_code_id)),
                  NEW.answered_by_id)) THEN
        PERFORM portal.refuse(
            'an answer must be of someone acting for the customer or proved, to the request as shown, on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_answer_on_record AFTER INSERT ON access_answer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_entry_for_answer();

-- A grant is what the customer said yes to, in the same transaction and on record; what rests on an exemption instead
-- is judged by the room of exemptions.
CREATE FUNCTION require_answer_for_grant() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.exemption IS NULL AND NOT EXISTS (
        SELECT FROM access_accessrequest AS r
        JOIN access_answer AS a ON a.access_request_id = r.id
        JOIN access_requestedcategory AS q ON q.access_request_id = r.id AND q.category_id = NEW.category_id
        JOIN catalogue_category AS c ON c.id = q.category_id
        WHERE r.id = NEW.access_request_id
          AND a.decision IN ('all', 'part') AND a.xid = pg_current_xact_id() AND a.shown_digest = r.digest
          AND (r.staff_id, r.customer_id, r.purpose_id) = (NEW.staff_id, NEW.customer_id, NEW.purpose_id)
          AND NEW.starts_at = a.answered_at AND NEW.ends_at - NEW.starts_at <= least(a.duration, r.duration)
          AND has_assents(r.id, a.answered_by_id, NEW.ends_at - NEW.starts_at, jsonb_build_array(c.code))
          AND is_on_record(r.id::text, r.customer_id, 'access_request.answered', r.state,
                               jsonb_build_object('digest', r.digest, 'categories', jsonb_build_array(c.code)))) THEN
        PERFORM portal.refuse(
            'a grant must match what the customer allowed, in the same transaction and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_grant_has_answer AFTER INSERT ON access_grant DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_answer_for_grant();

-- A grant ends with its ledger entry.
CREATE FUNCTION require_entry_for_grant_end() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(coalesce(NEW.access_request_id, NEW.exemption)::text, NEW.customer_id, 'grant.ended',
                        NEW."end", jsonb_build_object('grants', jsonb_build_array(NEW.id))) THEN
        PERFORM portal.refuse('a grant can only end with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_grant_ends_on_record AFTER UPDATE ON access_grant DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner' AND OLD.ended_at IS DISTINCT FROM NEW.ended_at)
    EXECUTE FUNCTION require_entry_for_grant_end();
