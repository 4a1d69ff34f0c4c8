-- Promise 15 (consents/DESIGN.md): Without an answer, only a legal ground and two people open data.
--
-- What was filed stays as it was filed. It is decided once, by a privacy officer who neither filed it nor acts for the
-- customer; what was opened at once is checked within its time, or is marked unchecked.

CREATE FUNCTION refuse_change_of_exemption() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal.refuse('an exemption cannot be deleted', TG_NAME);
    END IF;
    IF to_jsonb(OLD) - ARRAY['state', 'decided_by_id', 'decided_at', 'decision_words', 'told_at']
       IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'decided_by_id', 'decided_at', 'decision_words', 'told_at']
       OR OLD.told_at IS NOT NULL AND NEW.told_at IS DISTINCT FROM OLD.told_at
       OR OLD.state NOT IN ('filed', 'opened')
          AND (OLD.state, OLD.decided_by_id, OLD.decided_at, OLD.decision_words)
              IS DISTINCT FROM (NEW.state, NEW.decided_by_id, NEW.decided_at, NEW.decision_words) THEN
        PERFORM portal.refuse('an exemption is decided once, and nothing else of it changes', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_exemption_frozen BEFORE UPDATE OR DELETE ON exemptions_exemption
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_exemption();

-- Does this user act for this customer?
CREATE FUNCTION portal.acts_for(of_user uuid, of_customer uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (SELECT FROM people_acting AS a
               WHERE a.user_id = of_user AND a.customer_id = of_customer AND a.ends_at IS NULL)
$$;
GRANT EXECUTE ON FUNCTION portal.acts_for TO portal_app;

-- The officer, at the moment of the decision.
CREATE FUNCTION check_exemption_decision() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.state IN ('granted', 'refused') AND NOT (
           is_officer(NEW.decided_by_id, ARRAY['privacy_officer']) AND NOT acts_for(NEW.decided_by_id, NEW.customer_id)
           AND NEW.decided_by_id <> NEW.staff_id
           AND (OLD.state = 'filed' OR portal.clock() < OLD.check_by)) THEN
        PERFORM portal.refuse(
            'an exemption must be decided in time by a privacy officer who has no part in it', TG_NAME);
    END IF;
    IF NEW.state = 'unchecked' AND NOT (OLD.state = 'opened' AND OLD.check_by <= portal.clock())
       OR NEW.state = 'cancelled' AND OLD.state <> 'filed'
       OR NEW.state IN ('filed', 'opened') THEN
        PERFORM portal.refuse(format('an exemption cannot go from %s to %s', OLD.state, NEW.state), TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_exemption_decided BEFORE UPDATE ON exemptions_exemption
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION check_exemption_decision();

-- Nothing is dated back or ahead.
CREATE FUNCTION check_exemption_moments() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.decided_at IS DISTINCT FROM OLD.decided_at AND NOT is_now(NEW.decided_at)
       OR NEW.told_at IS DISTINCT FROM OLD.told_at AND NOT is_now(NEW.told_at) THEN
        PERFORM portal.refuse('an exemption must be decided and told now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_exemption_is_now BEFORE UPDATE ON exemptions_exemption
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_exemption_moments();
