"""From which age a person consents alone (GDPR Art 8): the table of people/rules.py, for the database's own rules."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION age_of_own_consent(country text) RETURNS int LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
SELECT CASE
    WHEN upper(country) IN ('BE', 'EE', 'FI', 'GB', 'IS', 'LV', 'MT', 'NO', 'PT', 'SE', 'US') THEN 13
    WHEN upper(country) IN ('AT', 'BG', 'CY', 'ES', 'IT', 'LT') THEN 14
    WHEN upper(country) IN ('CZ', 'DK', 'FR', 'GR', 'SI') THEN 15
    ELSE 16 END
$$;

CREATE FUNCTION may_consent_alone(of_customer uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT NOT EXISTS (
    SELECT FROM people_customer AS c
    WHERE c.id = of_customer
      AND (c.born_on + make_interval(years => age_of_own_consent(c.country)))::date
          > (portal_now() AT TIME ZONE 'UTC')::date)
$$;

CREATE FUNCTION refuse_guardian_of_one_of_age() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF may_consent_alone(NEW.customer_id) THEN
        RAISE EXCEPTION 'only a child has a guardian' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_acting_guards_a_child BEFORE INSERT ON people_acting
    FOR EACH ROW WHEN (NEW.capacity = 'guardian' AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_guardian_of_one_of_age();
ALTER TABLE people_acting ENABLE ALWAYS TRIGGER people_acting_guards_a_child;
"""

BACK = """
DROP TRIGGER people_acting_guards_a_child ON people_acting; DROP FUNCTION refuse_guardian_of_one_of_age;
DROP FUNCTION may_consent_alone; DROP FUNCTION age_of_own_consent;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0003_submissions_count_once")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
