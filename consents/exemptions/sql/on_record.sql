-- Promise 15 (consents/DESIGN.md): Without an answer, only a legal ground and two people open data.
-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- A grant without an answer rests on an exemption of the same transaction's decision; nothing changes without its entry.

CREATE FUNCTION require_exemption_for_grant() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.exemption IS NOT NULL AND NOT EXISTS (
        SELECT FROM exemptions_exemption AS x
        JOIN exemptions_exemptedcategory AS q ON q.exemption_id = x.id AND q.category_id = NEW.category_id
        JOIN catalogue_category AS c ON c.id = q.category_id
        WHERE x.id = NEW.exemption
          AND (x.staff_id, x.customer_id, x.purpose_id, x.kind)
              = (NEW.staff_id, NEW.customer_id, NEW.purpose_id, NEW.ground)
          AND NEW.ends_at - NEW.starts_at <= x.duration
          AND CASE x.state WHEN 'opened' THEN NEW.starts_at = x.filed_at
                           WHEN 'granted' THEN NEW.starts_at = x.decided_at AND x.check_by IS NULL
                           ELSE false END
          AND is_on_record(x.id::text, x.customer_id, 'exemption.%', x.state, jsonb_build_object(
                  'digest', x.digest, 'grants', jsonb_build_object(c.code, NEW.id)))) THEN
        PERFORM portal.refuse(
            'a grant without an answer must match an exemption decided in the same transaction and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER exemptions_grant_has_exemption AFTER INSERT ON access_grant DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_exemption_for_grant();

-- Filed, decided and told with its entry. What was refused or not checked in time leaves no access running; and whoever
-- is not told of access when it begins is told by a delay that runs.
CREATE FUNCTION require_entry_for_exemption() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    is_new CONSTANT boolean := TG_OP = 'INSERT';
BEGIN
    IF is_new AND NOT is_on_record(NEW.id::text, NEW.customer_id, 'exemption.%', NEW.state,
                                   jsonb_build_object('digest', NEW.digest, 'kind', NEW.kind), NEW.staff_id)
       OR NOT is_new AND NEW.state <> OLD.state
          AND NOT is_on_record(NEW.id::text, NEW.customer_id, 'exemption.%', NEW.state,
                               jsonb_build_object('digest', NEW.digest), NEW.decided_by_id)
       OR NOT is_new AND NEW.told_at IS DISTINCT FROM OLD.told_at AND NEW.state = OLD.state
          AND NOT is_on_record(NEW.id::text, NEW.customer_id, 'exemption.told', NULL, '{}') THEN
        PERFORM portal.refuse('an exemption can only be filed, decided and told with its ledger entry', TG_NAME);
    END IF;
    IF NEW.state IN ('refused', 'unchecked')
          AND EXISTS (SELECT FROM access_grant AS g
                      WHERE g.exemption = NEW.id AND g.ended_at IS NULL AND g.ends_at > portal.clock())
       OR NEW.state IN ('opened', 'granted') AND NEW.told_at IS NULL
          AND NOT EXISTS (SELECT FROM exemptions_delay AS d WHERE d.exemption_id = NEW.id) THEN
        PERFORM portal.refuse(
            'access that is refused must end, and access that is open must be told or delayed by law', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER exemptions_exemption_on_record AFTER INSERT OR UPDATE ON exemptions_exemption
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_exemption();

CREATE FUNCTION require_entry_for_delay() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(NEW.exemption_id::text, NEW.customer_id, 'exemption.%', 'granted',
                        jsonb_build_object('kind', 'legal_duty'), NEW.decided_by_id)
       OR NOT EXISTS (SELECT FROM exemptions_exemption AS x WHERE x.id = NEW.exemption_id AND x.state = 'granted') THEN
        PERFORM portal.refuse('telling can only be delayed with its ledger entry, for what was granted', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER exemptions_delay_on_record AFTER INSERT ON exemptions_delay
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_delay();
