-- Promise 1 (consents/DESIGN.md): No answer is a no.
-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Where the version of a purpose asks for it, nothing is put to a customer before the requester's manager has agreed, and
-- what is put to them is what the manager agreed to.

-- A proposed request is made now and waits; it is decided once, now, by whoever is the requester's manager, works here and
-- does not act for the customer (Promise 16), or ends undecided.
CREATE FUNCTION refuse_change_of_proposed_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    deciding CONSTANT text[] := ARRAY['state', 'decided_by_id', 'decided_at', 'sealed_reason', 'access_request_id'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.proposed_at) OR NEW.state <> 'waiting' THEN
            PERFORM portal.refuse('a proposed request must begin now, and wait', TG_NAME);
        END IF;
    ELSIF OLD.state <> 'waiting' OR to_jsonb(OLD) - deciding IS DISTINCT FROM to_jsonb(NEW) - deciding
       OR NOT is_now(NEW.decided_at)
       OR NEW.state <> 'ended' AND NOT EXISTS (
           SELECT FROM people_staffmember AS s JOIN people_staffmember AS m ON m.user_id = s.manager_id
           WHERE s.user_id = NEW.staff_id AND m.user_id = NEW.decided_by_id AND m.ended_at IS NULL
             AND NOT EXISTS (SELECT FROM people_acting AS a
                             WHERE a.customer_id = NEW.customer_id AND a.user_id = m.user_id
                               AND (a.ends_at IS NULL OR a.ends_at >= now() + portal.clock_offset()))) THEN
        PERFORM portal.refuse(
            'a proposed request can only be decided once, now, by the manager of the requester', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_proposedrequest_frozen BEFORE INSERT OR UPDATE ON access_proposedrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_proposed_request();

CREATE TRIGGER access_proposedrequest_not_of_erased BEFORE INSERT ON access_proposedrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

-- Each step has its ledger entry: the first by the requester, a decision by the manager.
CREATE FUNCTION require_entry_for_proposed_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.id::text AND e.customer = NEW.customer_id
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.event = CASE NEW.state WHEN 'waiting' THEN 'proposed_request.filed'
                                       ELSE 'proposed_request.' || NEW.state END
          AND (NEW.state = 'ended'
               OR e.actor_kind = 'staff' AND e.actor = coalesce(NEW.decided_by_id, NEW.staff_id)::text)
          AND e.details::jsonb -> 'categories' = NEW.categories
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('a proposed request needs its ledger entry, by whoever takes the step', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_proposedrequest_on_record AFTER INSERT OR UPDATE ON access_proposedrequest
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_proposed_request();

-- A request for a purpose that needs agreement is filed with the manager's yes to exactly its terms, in one transaction:
-- without one there is no request that anybody could answer, and no grant.
CREATE FUNCTION require_agreement_for_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM catalogue_purposeversion AS v WHERE v.id = NEW.version_id AND v.needs_agreement)
       AND NOT EXISTS (
        SELECT FROM access_proposedrequest AS p
        WHERE p.access_request_id = NEW.id AND p.state = 'agreed' AND p.decided_at >= NEW.filed_at
          AND (p.staff_id, p.customer_id, p.version_id) = (NEW.staff_id, NEW.customer_id, NEW.version_id)
          AND (p.reason, p.duration, NEW.filed_at + p.answer_within) = (NEW.reason, NEW.duration, NEW.answer_by)
          AND p.categories = (SELECT jsonb_agg(c.code ORDER BY c.code COLLATE "C")
                              FROM access_requestedcategory AS q JOIN catalogue_category AS c ON c.id = q.category_id
                              WHERE q.access_request_id = NEW.id)) THEN
        PERFORM portal.refuse(
            'a request for this purpose can only be filed once the manager has agreed to it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_accessrequest_agreed AFTER INSERT ON access_accessrequest
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_agreement_for_request();

-- So is each category, also one that comes after the request was looked at.
CREATE FUNCTION require_agreement_for_category() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM access_accessrequest AS r JOIN catalogue_purposeversion AS v ON v.id = r.version_id
               WHERE r.id = NEW.access_request_id AND v.needs_agreement)
       AND NOT EXISTS (SELECT FROM access_proposedrequest AS p JOIN catalogue_category AS c ON c.id = NEW.category_id
                       WHERE p.access_request_id = NEW.access_request_id AND p.categories @> to_jsonb(c.code)) THEN
        PERFORM portal.refuse(
            'a request for this purpose asks for nothing but what the manager has agreed to', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_requestedcategory_agreed AFTER INSERT ON access_requestedcategory
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_agreement_for_category();
