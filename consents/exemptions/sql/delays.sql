-- Promise 15 (consents/DESIGN.md): Without an answer, only a legal ground and two people open data.
--
-- Telling the customer is delayed only for a legal duty, by the officer who grants it, at most 90 days; renewed by another
-- officer while the delay before runs. It ends by itself.

CREATE FUNCTION check_delay() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    told_of exemptions_exemption;
    last exemptions_delay;
BEGIN
    SELECT x.* INTO told_of FROM exemptions_exemption AS x WHERE x.id = NEW.exemption_id FOR UPDATE;
    SELECT d.* INTO last FROM exemptions_delay AS d
        WHERE d.exemption_id = NEW.exemption_id ORDER BY d.decided_at DESC, d.id DESC LIMIT 1;
    IF told_of.kind <> 'legal_duty' OR told_of.told_at IS NOT NULL OR NEW.decided_by_id = told_of.staff_id
       OR NOT is_officer(NEW.decided_by_id, ARRAY['privacy_officer', 'compliance_officer'])
       OR acts_for(NEW.decided_by_id, told_of.customer_id)
       OR NEW.until <= portal.clock() OR NEW.until > NEW.decided_at + interval '90 days'
       OR (CASE WHEN last.id IS NULL THEN told_of.state <> 'filed'
               ELSE last.until <= portal.clock() OR last.decided_by_id = NEW.decided_by_id END) THEN
        PERFORM portal.refuse(
            'telling is delayed with the decision, or renewed in time by another officer, for 90 days at most', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_delay_checked BEFORE INSERT ON exemptions_delay FOR EACH ROW EXECUTE FUNCTION check_delay();

CREATE FUNCTION check_delay_moment() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.decided_at) THEN
        PERFORM portal.refuse('a delay must be decided now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_delay_is_now BEFORE INSERT ON exemptions_delay
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_delay_moment();
