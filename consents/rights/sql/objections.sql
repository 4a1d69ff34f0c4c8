-- Promise 4 (consents/DESIGN.md): No means no, at once.
--
-- An objection is answered use by use.

CREATE FUNCTION refuse_objection_without_ground() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM catalogue_purpose AS p
               WHERE NEW.scope ? p.code AND NOT may_be_objected_to(p.id, portal.clock())) THEN
        PERFORM portal.refuse('one objects to a use that rests on a public task or a legitimate interest', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_rightsrequest_objects BEFORE INSERT ON rights_rightsrequest
    FOR EACH ROW WHEN (NEW.request_type = 'A21' AND NEW.follows_id IS NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_objection_without_ground();

-- Codes of what is objected to: what it names, or all that may be.
CREATE FUNCTION portal.rights_objected(scope jsonb) RETURNS SETOF text LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT p.code::text FROM catalogue_purpose AS p
WHERE scope ? p.code OR scope = '[]' AND p.retired_at IS NULL AND may_be_objected_to(p.id, portal.clock())
$$;
GRANT EXECUTE ON FUNCTION portal.rights_objected TO portal_app;

CREATE FUNCTION refuse_objection_answered_otherwise() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    r rights_rightsrequest;
    goes_on text[];
BEGIN
    SELECT * INTO r FROM rights_rightsrequest WHERE id = NEW.rights_request_id;
    IF r.request_type <> 'A21' OR NEW.outcome NOT IN ('denied', 'complied_part') THEN
        RETURN NULL;
    END IF;
    goes_on := ARRAY(SELECT o.use FROM rights_objected(r.scope) AS o (use) WHERE NOT NEW.granted ? o.use);
    IF NEW.outcome = 'complied_part'
       AND (goes_on = '{}' OR r.scope <> '[]' AND NOT r.scope @> NEW.granted
            OR EXISTS (SELECT FROM jsonb_array_elements_text(NEW.granted) AS stops (use)
                       WHERE NOT EXISTS (
                           SELECT FROM choices_mark AS m JOIN catalogue_purpose AS p ON p.id = m.purpose_id
                           WHERE m.request = r.id AND m.kind = 'objection' AND p.code = stops.use
                             AND m.lifted_at IS NULL AND m.lift_announced_at IS NULL))
            OR EXISTS (SELECT FROM choices_mark AS m LEFT JOIN catalogue_purpose AS p ON p.id = m.purpose_id
                       WHERE m.request = r.id AND m.lifted_at IS NULL AND m.lift_announced_at IS NULL
                         AND NOT NEW.granted ? coalesce(p.code, '')))
       AND NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = r.customer_id AND c.erased_at IS NOT NULL) THEN
        PERFORM portal.refuse(
            'of an objection granted in part it holds which uses stop, and the end of the rest is announced', TG_NAME);
    END IF;
    IF EXISTS (SELECT FROM catalogue_purposeversion AS v JOIN catalogue_purpose AS p ON p.id = v.purpose_id
               WHERE p.code = ANY (goes_on) AND v.published_at IS NOT NULL
                 AND v.dpv_purpose IN ('dpv:Advertising', 'dpv:DirectMarketing', 'dpv:Marketing',
                     'dpv:PersonalisedAdvertising', 'dpv:TargetedAdvertising')
                 AND NOT EXISTS (SELECT FROM catalogue_purposeversion AS n
                                 WHERE n.purpose_id = v.purpose_id AND n.published_at IS NOT NULL
                                   AND n.number > v.number)) THEN
        PERFORM portal.refuse('an objection to direct marketing is not refused, whole or in part', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_answer_use_by_use AFTER INSERT ON rights_answer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_objection_answered_otherwise();

-- Staff end an objection only once its request was refused, withdrawn, or granted for other uses.
CREATE FUNCTION refuse_early_end_of_objection() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_answer AS a
        WHERE a.rights_request_id = NEW.request
          AND (a.outcome IN ('denied', 'withdrawn_by_requester')
               OR a.outcome = 'complied_part'
                  AND NOT EXISTS (SELECT FROM catalogue_purpose AS p
                                  WHERE p.id = NEW.purpose_id AND a.granted ? p.code)))
       AND EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.id::text AND e.event IN ('objection.lift_announced', 'objection.lifted')
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.actor_kind = 'staff' AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('staff end an objection only after its request was refused or withdrawn', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER choices_mark_objection_answered AFTER UPDATE ON choices_mark
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'objection' AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_early_end_of_objection();
