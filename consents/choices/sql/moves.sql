-- Promise 1 (consents/DESIGN.md): No answer is a no.
-- Promise 4 (consents/DESIGN.md): No means no, at once.
--
-- A choice moves along one table, now, by someone who may. What time or the company has ended may be put on record
-- later, with the moment it has in the catalogue or on the choice itself, and no other.

-- May this status follow that one?
CREATE FUNCTION portal.consent_may_follow(before text, after text) RETURNS boolean LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
-- Requested may lie between unseen: the page that asks is answered at once.
WITH next (before, after) AS (VALUES
    ('ConsentUnknown', 'ConsentRequested'),
    ('ConsentRequested', 'ConsentGiven'), ('ConsentRequested', 'ConsentRefused'),
    ('ConsentRequested', 'ConsentRequestDeferred'),
    ('ConsentRequestDeferred', 'ConsentRequested'), ('ConsentRequestDeferred', 'ConsentGiven'),
    ('ConsentRequestDeferred', 'ConsentRefused'),
    ('ConsentRefused', 'ConsentRequested'), ('ConsentRefused', 'ConsentGiven'),
    ('ConsentGiven', 'ConsentWithdrawn'), ('ConsentGiven', 'ConsentExpired'), ('ConsentGiven', 'ConsentRevoked'),
    ('ConsentGiven', 'ConsentInvalidated'), ('ConsentGiven', 'RenewedConsentGiven'),
    ('RenewedConsentGiven', 'ConsentWithdrawn'), ('RenewedConsentGiven', 'ConsentExpired'),
    ('RenewedConsentGiven', 'ConsentRevoked'), ('RenewedConsentGiven', 'ConsentInvalidated'),
    ('RenewedConsentGiven', 'RenewedConsentGiven'),
    ('ConsentWithdrawn', 'ConsentRequested'), ('ConsentWithdrawn', 'ConsentGiven'),
    ('ConsentRevoked', 'ConsentRequested'),
    ('ConsentExpired', 'ConsentRequested'), ('ConsentExpired', 'RenewedConsentGiven'),
    ('ConsentInvalidated', 'ConsentRequested'))
SELECT EXISTS (SELECT FROM next AS n WHERE n.before = $1 AND n.after = $2)
    OR EXISTS (SELECT FROM next AS n JOIN next AS m ON m.before = 'ConsentRequested'
               WHERE n.before = $1 AND n.after = 'ConsentRequested' AND m.after = $2)
$$;
GRANT EXECUTE ON FUNCTION portal.consent_may_follow TO portal_app;

-- The ledger event of a status.
CREATE FUNCTION portal.consent_event(status text) RETURNS text LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE status
    WHEN 'ConsentRequested' THEN 'consent.requested' WHEN 'ConsentRequestDeferred' THEN 'consent.deferred'
    WHEN 'ConsentRefused' THEN 'consent.refused' WHEN 'ConsentGiven' THEN 'consent.given'
    WHEN 'RenewedConsentGiven' THEN 'consent.renewed' WHEN 'ConsentWithdrawn' THEN 'consent.withdrawn'
    WHEN 'ConsentRevoked' THEN 'consent.revoked' WHEN 'ConsentExpired' THEN 'consent.expired'
    WHEN 'ConsentInvalidated' THEN 'consent.invalidated' END
$$;
GRANT EXECUTE ON FUNCTION portal.consent_event TO portal_app;

-- Which kinds of actor may bring a status about.
CREATE FUNCTION portal.consent_actors(status text) RETURNS text[] LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE
    WHEN status = 'ConsentRequested' THEN ARRAY['portal', 'staff', 'system']
    WHEN status IN ('ConsentRequestDeferred', 'ConsentGiven', 'RenewedConsentGiven')
        THEN ARRAY['customer', 'representative']
    WHEN status IN ('ConsentRefused', 'ConsentWithdrawn') THEN ARRAY['customer', 'portal', 'representative']
    WHEN status = 'ConsentRevoked' THEN ARRAY['portal', 'staff']
    WHEN status = 'ConsentExpired' THEN ARRAY['portal']
    WHEN status = 'ConsentInvalidated' THEN ARRAY['staff'] END
$$;
GRANT EXECUTE ON FUNCTION portal.consent_actors TO portal_app;

-- A choice stays with its customer and purpose, rests on a published version, and moves along the table.
CREATE FUNCTION check_choice_transition() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.id, OLD.customer_id, OLD.purpose_id)
                            IS DISTINCT FROM (NEW.id, NEW.customer_id, NEW.purpose_id) THEN
        PERFORM portal.refuse('the customer and purpose of a choice cannot change', TG_NAME);
    END IF;
    IF NOT consent_may_follow(CASE WHEN TG_OP = 'UPDATE' THEN OLD.status ELSE 'ConsentUnknown' END, NEW.status) THEN
        PERFORM portal.refuse('a choice cannot change to this status', TG_NAME);
    END IF;
    IF NOT EXISTS (SELECT FROM catalogue_purposeversion AS v
                   WHERE v.id = NEW.version_id AND v.purpose_id = NEW.purpose_id AND v.published_at IS NOT NULL) THEN
        PERFORM portal.refuse('a choice must be about a published version of its purpose', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER choices_choice_transition BEFORE INSERT OR UPDATE ON choices_choice
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_choice_transition();

-- Is this the moment at which the company ended a yes to this version: by a material change, or with the purpose?
CREATE FUNCTION portal.consent_was_revoked_at(moment timestamptz, of_purpose bigint, of_version bigint) RETURNS boolean
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT moment <= portal.clock() AND (
    EXISTS (SELECT FROM catalogue_purpose AS p WHERE p.id = of_purpose AND p.retired_at = moment)
    OR EXISTS (SELECT FROM catalogue_purposeversion AS later
               JOIN catalogue_purposeversion AS v ON v.id = of_version AND v.purpose_id = later.purpose_id
               WHERE later.number > v.number AND later.material AND later.published_at = moment))
$$;
GRANT EXECUTE ON FUNCTION portal.consent_was_revoked_at TO portal_app;

-- A choice is made now, or ended at the moment it says; a yes counts for as long as its version says.
CREATE FUNCTION check_choice_moment() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    months CONSTANT int := (SELECT consent_months FROM catalogue_purposeversion WHERE id = NEW.version_id);
BEGIN
    IF NOT (CASE NEW.status
        WHEN 'ConsentExpired' THEN TG_OP = 'UPDATE' AND NEW.since = OLD.valid_until AND NEW.since <= portal.clock()
                                   AND NEW.valid_until = OLD.valid_until
        WHEN 'ConsentRevoked' THEN consent_was_revoked_at(NEW.since, NEW.purpose_id, NEW.version_id)
            OR is_now(NEW.since) AND EXISTS (SELECT FROM people_customer AS c
                                             WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL)
        ELSE is_now(NEW.since) END) THEN
        PERFORM portal.refuse('a choice must be made now or end when its time is over', TG_NAME);
    END IF;
    IF NEW.status IN ('ConsentGiven', 'RenewedConsentGiven') AND NEW.valid_until IS DISTINCT FROM
            (NEW.since AT TIME ZONE 'UTC' + make_interval(months => months)) AT TIME ZONE 'UTC' THEN
        PERFORM portal.refuse('consent must last as long as its version says', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER choices_choice_is_now BEFORE INSERT OR UPDATE ON choices_choice
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_choice_moment();

-- No choice begins for an erased customer, and none is given again.
CREATE TRIGGER choices_choice_not_of_erased BEFORE INSERT ON choices_choice
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

CREATE TRIGGER choices_choice_not_given_once_erased BEFORE UPDATE ON choices_choice
    FOR EACH ROW WHEN (NEW.status IN ('ConsentGiven', 'RenewedConsentGiven'))
    EXECUTE FUNCTION refuse_for_erased_customer();
