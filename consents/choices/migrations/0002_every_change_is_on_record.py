"""A choice moves along the table of standards.md 3.2, now, with its ledger entry, by somebody who may; or not at all.

A yes needs an entry by one who acts for the customer, old enough, or their guardian while they are not. What time or
the company has ended may be put on record later, with the moment that it has in the catalogue or on the choice itself,
no other.
None of this binds the owner of the database (see people/0002).
"""

from django.db import migrations

TABLES = """
CREATE FUNCTION consent_may_follow(before text, after text) RETURNS boolean LANGUAGE sql IMMUTABLE
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

-- Which event tells of a status, and which kinds of actor may bring it about.
CREATE FUNCTION consent_event(status text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE status
    WHEN 'ConsentRequested' THEN 'consent.requested' WHEN 'ConsentRequestDeferred' THEN 'consent.deferred'
    WHEN 'ConsentRefused' THEN 'consent.refused' WHEN 'ConsentGiven' THEN 'consent.given'
    WHEN 'RenewedConsentGiven' THEN 'consent.renewed' WHEN 'ConsentWithdrawn' THEN 'consent.withdrawn'
    WHEN 'ConsentRevoked' THEN 'consent.revoked' WHEN 'ConsentExpired' THEN 'consent.expired'
    WHEN 'ConsentInvalidated' THEN 'consent.invalidated' END
$$;
CREATE FUNCTION consent_movers(status text) RETURNS text[] LANGUAGE sql IMMUTABLE
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
"""

MOVES = """
CREATE FUNCTION refuse_choice_off_the_table() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.id, OLD.customer_id, OLD.purpose_id)
                            IS DISTINCT FROM (NEW.id, NEW.customer_id, NEW.purpose_id) THEN
        RAISE EXCEPTION 'a choice stays that of its customer and purpose'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NOT consent_may_follow(CASE WHEN TG_OP = 'UPDATE' THEN OLD.status ELSE 'ConsentUnknown' END, NEW.status) THEN
        RAISE EXCEPTION 'a choice moves along its table' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NOT EXISTS (SELECT FROM catalogue_purposeversion AS v
                   WHERE v.id = NEW.version_id AND v.purpose_id = NEW.purpose_id AND v.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a choice is made on a published version of its purpose'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER choices_choice_follows BEFORE INSERT OR UPDATE ON choices_choice
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_choice_off_the_table();
ALTER TABLE choices_choice ENABLE ALWAYS TRIGGER choices_choice_follows;
"""

MOMENTS = """
-- Is this the moment at which the company ended a yes to this version: by a material change, or with the purpose?
CREATE FUNCTION consent_was_revoked_at(moment timestamptz, of_purpose bigint, of_version bigint) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT moment <= portal_now() AND (
    EXISTS (SELECT FROM catalogue_purpose AS p WHERE p.id = of_purpose AND p.retired_at = moment)
    OR EXISTS (SELECT FROM catalogue_purposeversion AS later
               JOIN catalogue_purposeversion AS v ON v.id = of_version AND v.purpose_id = later.purpose_id
               WHERE later.number > v.number AND later.material AND later.published_at = moment))
$$;

-- An erasure revokes what stands, in its own transaction.
CREATE FUNCTION is_erased(customer uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM people_customer AS c WHERE c.id = customer AND c.erased_at IS NOT NULL) $$;

CREATE FUNCTION refuse_choice_of_another_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    months CONSTANT int := (SELECT consent_months FROM catalogue_purposeversion WHERE id = NEW.version_id);
BEGIN
    IF NOT (CASE NEW.status
        WHEN 'ConsentExpired' THEN TG_OP = 'UPDATE' AND NEW.since = OLD.valid_until AND NEW.since <= portal_now()
                                   AND NEW.valid_until = OLD.valid_until
        WHEN 'ConsentRevoked' THEN consent_was_revoked_at(NEW.since, NEW.purpose_id, NEW.version_id)
                                   OR is_now(NEW.since) AND is_erased(NEW.customer_id)
        ELSE is_now(NEW.since) END) THEN
        RAISE EXCEPTION 'a choice is made now, or ended when it says'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.status IN ('ConsentGiven', 'RenewedConsentGiven') AND NEW.valid_until IS DISTINCT FROM
            (NEW.since AT TIME ZONE 'UTC' + make_interval(months => months)) AT TIME ZONE 'UTC' THEN
        RAISE EXCEPTION 'a yes counts as long as its version says'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER choices_choice_is_now BEFORE INSERT OR UPDATE ON choices_choice
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_choice_of_another_time();
ALTER TABLE choices_choice ENABLE ALWAYS TRIGGER choices_choice_is_now;
REVOKE DELETE ON choices_choice FROM portal_app;
"""

RECORD = """
-- An entry of this transaction tells of the move: of its event, by a kind of actor that may make it and, for the
-- customer's own moves, by one who acts for the customer now, in the capacity that the entry names.
CREATE FUNCTION refuse_choice_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.id::text AND e.customer = NEW.customer_id
          AND e.occurred_at >= now() + (portal_now() - statement_timestamp())
          AND e.event = consent_event(NEW.status) AND e.outcome = NEW.status
          AND e.actor_kind = ANY (consent_movers(NEW.status))
          AND (e.actor_kind NOT IN ('customer', 'representative') OR EXISTS (
              SELECT FROM people_acting AS a
              WHERE a.customer_id = NEW.customer_id AND a.user_id::text = e.actor
                AND a.capacity = e.details::jsonb ->> 'capacity'
                AND a.starts_at <= portal_now() AND (a.ends_at IS NULL OR a.ends_at > portal_now())
                AND (NEW.status NOT IN ('ConsentGiven', 'RenewedConsentGiven')
                     OR (a.capacity = 'guardian') <> may_consent_alone(NEW.customer_id))))
          AND is_of_this_transaction(e.xmin)) THEN
        RAISE EXCEPTION 'a choice changes with its ledger entry, by one who may'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER choices_choice_on_record AFTER INSERT OR UPDATE ON choices_choice
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_choice_off_record();
ALTER TABLE choices_choice ENABLE ALWAYS TRIGGER choices_choice_on_record;
"""

BACK = """
GRANT DELETE ON choices_choice TO portal_app;
DROP TRIGGER choices_choice_on_record ON choices_choice; DROP FUNCTION refuse_choice_off_record;
DROP TRIGGER choices_choice_is_now ON choices_choice; DROP FUNCTION refuse_choice_of_another_time;
DROP FUNCTION is_erased; DROP FUNCTION consent_was_revoked_at;
DROP TRIGGER choices_choice_follows ON choices_choice; DROP FUNCTION refuse_choice_off_the_table;
DROP FUNCTION consent_movers; DROP FUNCTION consent_event; DROP FUNCTION consent_may_follow;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("choices", "0001_initial"),
        ("people", "0006_erasure_is_final"),
        ("catalogue", "0002_frozen_once_published"),
    ]
    operations = [migrations.RunSQL(TABLES + MOVES + MOMENTS + RECORD, BACK)]
