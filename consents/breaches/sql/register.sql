-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Each step of a breach is taken now, by an officer, on record in their own name, and before the case is closed. The
-- authority is told within 72 hours, or the record says why not (GDPR Art 33).

-- The arguments name columns: of the officer and of the moment.
CREATE FUNCTION check_breach_step() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    step CONSTANT jsonb := to_jsonb(NEW);
BEGIN
    IF NOT is_now((step ->> TG_ARGV[1])::timestamptz)
       OR NOT is_officer((step ->> TG_ARGV[0])::uuid, ARRAY['privacy_officer', 'compliance_officer'])
       OR EXISTS (SELECT FROM breaches_closing AS c WHERE c.breach_id = (step ->> 'breach_id')::uuid) THEN
        PERFORM portal.refuse('a step of a breach is taken now, by an officer, before the case is closed', TG_NAME);
    END IF;
    RETURN NEW;
END $$;

-- The arguments name the event, and columns: of the breach and of the officer.
CREATE FUNCTION require_entry_for_breach_step() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    step CONSTANT jsonb := to_jsonb(NEW);
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entry AS e
                   WHERE e.object = step ->> TG_ARGV[1] AND e.customer IS NULL AND e.event = TG_ARGV[0]
                     AND e.actor_kind = 'staff' AND e.actor = step ->> TG_ARGV[2]
                     AND e.occurred_at >= now() + portal.clock_offset()
                     AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('a step of a breach needs its ledger entry, by the officer who took it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER breaches_breach_in_time BEFORE INSERT ON breaches_breach
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_breach_step('recorded_by_id', 'recorded_at');
CREATE CONSTRAINT TRIGGER breaches_breach_on_record AFTER INSERT ON breaches_breach DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_breach_step('breach.recorded', 'id', 'recorded_by_id');

CREATE TRIGGER breaches_assessment_in_time BEFORE INSERT ON breaches_assessment
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_breach_step('assessed_by_id', 'assessed_at');
CREATE CONSTRAINT TRIGGER breaches_assessment_on_record AFTER INSERT ON breaches_assessment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_breach_step('breach.assessed', 'breach_id', 'assessed_by_id');

CREATE TRIGGER breaches_authoritynotice_in_time BEFORE INSERT ON breaches_authoritynotice
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_breach_step('recorded_by_id', 'recorded_at');
CREATE CONSTRAINT TRIGGER breaches_authoritynotice_on_record AFTER INSERT ON breaches_authoritynotice DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_breach_step('breach.authority_settled', 'breach_id', 'recorded_by_id');

CREATE TRIGGER breaches_closing_in_time BEFORE INSERT ON breaches_closing
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_breach_step('closed_by_id', 'closed_at');
CREATE CONSTRAINT TRIGGER breaches_closing_on_record AFTER INSERT ON breaches_closing DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_breach_step('breach.closed', 'breach_id', 'closed_by_id');

-- How the risk of a breach was judged last; NULL before it was.
CREATE FUNCTION portal.risk_of_breach(of_breach uuid) RETURNS text LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT a.risk FROM breaches_assessment AS a WHERE a.breach_id = of_breach ORDER BY a.assessed_at DESC, a.id DESC LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION portal.risk_of_breach TO portal_app;

-- The authority is told after the breach was noticed; later than 72 hours with the reason; not at all only where harm is
-- unlikely.
CREATE FUNCTION check_authority_notice() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    noticed CONSTANT timestamptz := (SELECT b.noticed_at FROM breaches_breach AS b WHERE b.id = NEW.breach_id);
BEGIN
    IF NEW.told_at IS NULL AND risk_of_breach(NEW.breach_id) IS DISTINCT FROM 'unlikely'
       OR NEW.told_at < noticed OR NEW.told_at > portal.clock()
       OR NEW.told_at > noticed + interval '72 hours' AND NEW.why = '' THEN
        PERFORM portal.refuse(
            'the authority is told in time or with a reason, or need not be as harm is unlikely', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER breaches_authoritynotice_told BEFORE INSERT ON breaches_authoritynotice
    FOR EACH ROW EXECUTE FUNCTION check_authority_notice();

-- A case is closed once it was assessed, the authority knows or need not, nothing is still going out, and the people
-- concerned were told or an exception holds; "no high risk" is none where the risk is high.
CREATE FUNCTION check_breach_closing() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    risk CONSTANT text := risk_of_breach(NEW.breach_id);
BEGIN
    IF risk IS NULL
       OR NOT EXISTS (SELECT FROM breaches_authoritynotice AS n
                      WHERE n.breach_id = NEW.breach_id AND (n.told_at IS NOT NULL OR risk = 'unlikely'))
       OR EXISTS (SELECT FROM breaches_announcement AS a
                  WHERE a.breach_id = NEW.breach_id AND a.done_at IS NULL AND a.is_agreed IS NOT FALSE)
       OR (CASE NEW.why_not_told
              WHEN '' THEN NOT EXISTS (SELECT FROM breaches_announcement AS a
                                       WHERE a.breach_id = NEW.breach_id AND a.done_at IS NOT NULL)
              WHEN 'no_high_risk' THEN risk = 'high'
              ELSE false END) THEN
        PERFORM portal.refuse('a breach is closed once authority and people know of it, or need not', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER breaches_closing_settled BEFORE INSERT ON breaches_closing
    FOR EACH ROW EXECUTE FUNCTION check_breach_closing();
