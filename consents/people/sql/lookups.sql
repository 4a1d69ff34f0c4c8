-- Promise 1 (consents/DESIGN.md): No answer is a no.
--
-- Who may do what: the rules of this room and of those above ask it.

-- Does this person work here now, in one of these roles?
CREATE FUNCTION portal.is_officer(member uuid, roles text[]) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (SELECT FROM people_staffmember AS s
               WHERE s.user_id = member AND s.role = ANY (roles) AND s.ended_at IS NULL)
$$;
GRANT EXECUTE ON FUNCTION portal.is_officer TO portal_app;

-- From which age a person consents alone (GDPR Art 8): the table of people/rules.py.
CREATE FUNCTION portal.age_of_consent(country text) RETURNS int LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE
    WHEN upper(country) IN ('BE', 'EE', 'FI', 'GB', 'IS', 'LV', 'MT', 'NO', 'PT', 'SE', 'US') THEN 13
    WHEN upper(country) IN ('AT', 'BG', 'CY', 'ES', 'IT', 'LT') THEN 14
    WHEN upper(country) IN ('CZ', 'DK', 'FR', 'GR', 'SI') THEN 15
    ELSE 16 END
$$;
GRANT EXECUTE ON FUNCTION portal.age_of_consent TO portal_app;

-- Is the customer old enough to consent alone? True where no birth date is known.
CREATE FUNCTION portal.may_consent_alone(of_customer uuid) RETURNS boolean LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT NOT EXISTS (
    SELECT FROM people_customer AS c
    WHERE c.id = of_customer
      AND (c.born_on + make_interval(years => age_of_consent(c.country)))::date
          > (portal.clock() AT TIME ZONE 'UTC')::date)
$$;
GRANT EXECUTE ON FUNCTION portal.may_consent_alone TO portal_app;

-- An entry of this transaction by somebody who acts for the customer now.
CREATE FUNCTION portal.customer_tells_now(of_object text, of_customer uuid, of_event text) RETURNS boolean
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM ledger_entry AS e JOIN people_acting AS a
        ON a.customer_id = of_customer AND a.user_id::text = e.actor
           AND a.starts_at <= portal.clock() AND (a.ends_at IS NULL OR a.ends_at > portal.clock())
    WHERE e.object = of_object AND e.customer = of_customer AND e.event = of_event
      AND e.occurred_at >= now() + portal.clock_offset()
      AND e.actor_kind IN ('customer', 'representative') AND is_of_this_transaction(e.xmin))
$$;
GRANT EXECUTE ON FUNCTION portal.customer_tells_now TO portal_app;
