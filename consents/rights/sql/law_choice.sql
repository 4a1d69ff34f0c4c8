-- Promise 2 (consents/DESIGN.md): What was approved is what was shown.
--
-- A request is answered under the law of the place where its customer lives. Where the request and the record name
-- different places, it is matched only together with an officer's choice of which counts.

-- Where a customer lives, as ISO 3166; NULL if the record does not say. The same as law.kinds.find_jurisdiction.
CREATE FUNCTION portal.rights_place(country text, region text) RETURNS text LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT CASE WHEN country = 'US' AND upper(btrim(region)) IN ('CA', 'US-CA', 'CALIFORNIA') THEN 'US-CA'
            ELSE nullif(country, '') END
$$;
GRANT EXECUTE ON FUNCTION portal.rights_place TO portal_app;

CREATE FUNCTION check_law_choice() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        WHERE r.id = NEW.rights_request_id AND r.customer_id IS NULL AND is_now(NEW.chosen_at)
          AND (r.regime, r.jurisdiction, r.request_type, r.due_at)
              = (NEW.filed_regime, NEW.filed_jurisdiction, NEW.filed_type, NEW.filed_due_at)
          AND is_officer(NEW.chosen_by_id, ARRAY['privacy_officer', 'compliance_officer'])) THEN
        PERFORM portal.refuse('an officer chooses the law of a request now, before it is matched', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_lawchoice_checked BEFORE INSERT ON rights_lawchoice
    FOR EACH ROW EXECUTE FUNCTION check_law_choice();

CREATE FUNCTION refuse_law_nobody_chose() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    recorded CONSTANT text := (SELECT rights_place(c.country, c.region) FROM people_customer AS c
                               WHERE c.id = NEW.customer_id);
    terms CONSTANT text[] := ARRAY['regime', 'jurisdiction', 'request_type', 'identity_needed', 'clocks',
        'acknowledge_by', 'due_at', 'due_rule', 'due_unit', 'calendar_id', 'target_on'];
    is_same CONSTANT boolean := NOT EXISTS (
        SELECT FROM unnest(terms) AS term WHERE to_jsonb(OLD) -> term IS DISTINCT FROM to_jsonb(NEW) -> term);
BEGIN
    IF is_same AND coalesce(recorded, OLD.jurisdiction) = OLD.jurisdiction THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
           SELECT FROM rights_lawchoice AS l
           WHERE l.rights_request_id = NEW.id AND is_now(l.chosen_at) AND l.jurisdiction IN (OLD.jurisdiction, recorded)
             AND (l.regime, l.jurisdiction, l.request_type) = (NEW.regime, NEW.jurisdiction, NEW.request_type))
       OR NEW.regime = OLD.regime AND (NEW.request_type, NEW.due_at) IS DISTINCT FROM (OLD.request_type, OLD.due_at)
       OR NEW.identity_needed IS DISTINCT FROM rights_identity(NEW.regime, NEW.request_type)
       OR NEW.regime = 'ccpa' AND NEW.due_unit = 'month'
       OR NEW.due_at > (SELECT rights_latest(NEW.received_at, NEW.due_unit, false, v.waited_days)
                        FROM rights_register AS v WHERE v.id = NEW.id) THEN
        PERFORM portal.refuse(
            'a request whose record names another place is matched with a choice of the law, and its terms', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_rightsrequest_law_chosen BEFORE UPDATE OF customer_id ON rights_rightsrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner' AND OLD.customer_id IS DISTINCT FROM NEW.customer_id)
    EXECUTE FUNCTION refuse_law_nobody_chose();

-- A request filed for a customer has the law of the place on record.
CREATE FUNCTION refuse_law_of_another_place() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM people_customer AS c
               WHERE c.id = NEW.customer_id AND rights_place(c.country, c.region) <> NEW.jurisdiction) THEN
        PERFORM portal.refuse('a request filed for a customer has the law of the place on record', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_rightsrequest_of_place BEFORE INSERT ON rights_rightsrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner' AND NEW.follows_id IS NULL)
    EXECUTE FUNCTION refuse_law_of_another_place();
