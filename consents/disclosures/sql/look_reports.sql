-- Promise 5 (consents/DESIGN.md): History is not edited.
-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
--
-- A report of a look is filed by who acts for the customer, answered once by the member who looked, and decided once by
-- an officer who has no part in it: neither looked, nor allowed the look, nor acts for the customer; each on record.

-- It is about a look of staff, and its customer's.
CREATE FUNCTION copy_customer_of_look() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.customer_id := (SELECT o.customer_id FROM disclosures_opening AS o
                        WHERE o.id = NEW.opening_id AND o.kind = 'grant');
    IF NEW.customer_id IS NULL THEN
        PERFORM portal.refuse('only a look of staff can be reported', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disclosures_lookreport_of_customer BEFORE INSERT ON disclosures_lookreport
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_look();

-- It is filed now and open, to be decided within two weeks; the answer and the finding are added now, once each, no
-- answer after the finding or with it: each has an entry of its own.
CREATE FUNCTION refuse_change_of_look_report() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    answer CONSTANT text[] := ARRAY['sealed_answer', 'answered_at'];
    finding CONSTANT text[] := ARRAY['finding', 'sealed_finding', 'decided_by_id', 'decided_at'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.reported_at) OR NOT is_now(NEW.due_at - interval '336 hours')
           OR NEW.answered_at IS NOT NULL OR NEW.decided_at IS NOT NULL THEN
            PERFORM portal.refuse('a report must be filed now and open, to be decided within two weeks', TG_NAME);
        END IF;
    ELSIF OLD.decided_at IS NOT NULL
       OR to_jsonb(OLD) - answer - finding IS DISTINCT FROM to_jsonb(NEW) - answer - finding
       OR NEW.answered_at IS DISTINCT FROM OLD.answered_at
          AND (OLD.answered_at IS NOT NULL OR NOT is_now(NEW.answered_at) OR NEW.decided_at IS NOT NULL)
       OR NEW.answered_at IS NOT DISTINCT FROM OLD.answered_at AND NEW.sealed_answer IS DISTINCT FROM OLD.sealed_answer
       OR NEW.decided_at IS NOT NULL AND NOT is_now(NEW.decided_at) THEN
        PERFORM portal.refuse('a report can only be answered and decided, once each, now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disclosures_lookreport_frozen BEFORE INSERT OR UPDATE ON disclosures_lookreport
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_look_report();

-- Did this user look, grant the exemption that the look rests on, or record the answer to its request by telephone?
CREATE FUNCTION portal.has_part_in_look(of_user uuid, of_opening uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM disclosures_opening AS o
    LEFT JOIN access_grant AS g ON g.id = o.grant_id
    LEFT JOIN exemptions_exemption AS x ON x.id = g.exemption
    LEFT JOIN access_answer AS a ON a.access_request_id = g.access_request_id AND a.caller_code_id IS NOT NULL
    WHERE o.id = of_opening AND of_user IN (o.staff_id, x.decided_by_id, a.answered_by_id))
$$;
GRANT EXECUTE ON FUNCTION portal.has_part_in_look TO portal_app;

-- Each step has its ledger entry, by whoever may take it.
CREATE FUNCTION require_entry_for_look_report() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    told CONSTANT text := CASE WHEN TG_OP = 'INSERT' THEN 'look_report.filed'
                               WHEN NEW.decided_at IS NOT NULL THEN 'look_report.decided'
                               ELSE 'look_report.answered' END;
    looked CONSTANT uuid := (SELECT o.staff_id FROM disclosures_opening AS o WHERE o.id = NEW.opening_id);
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.id::text AND e.customer = NEW.customer_id
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.event = told
          AND CASE told
              WHEN 'look_report.filed' THEN
                  e.actor_kind IN ('customer', 'representative') AND e.actor = NEW.reported_by_id::text
                  AND EXISTS (SELECT FROM people_acting AS a
                              WHERE a.customer_id = NEW.customer_id AND a.user_id = NEW.reported_by_id
                                AND a.starts_at <= portal.clock() AND (a.ends_at IS NULL OR a.ends_at > portal.clock()))
              WHEN 'look_report.answered' THEN e.actor_kind = 'staff' AND e.actor = looked::text
              ELSE e.actor_kind = 'staff' AND e.actor = NEW.decided_by_id::text AND e.outcome = NEW.finding
                  AND NOT has_part_in_look(NEW.decided_by_id, NEW.opening_id)
                  AND NOT EXISTS (SELECT FROM people_acting AS a
                                  WHERE a.customer_id = NEW.customer_id AND a.user_id = NEW.decided_by_id
                                    AND a.ends_at IS NULL)
                  AND is_officer(NEW.decided_by_id, ARRAY['privacy_officer', 'compliance_officer']) END
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('each step of a report needs its ledger entry, by someone who may take it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disclosures_lookreport_on_record AFTER INSERT OR UPDATE ON disclosures_lookreport
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_look_report();
