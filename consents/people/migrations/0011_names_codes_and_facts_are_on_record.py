"""A name stays as it was invited, a claim code is made and used on record, and so are the facts about a customer.

On the birth date and the country rests whether a guardian answers for a child; they come from the company's list
alone. The language is also the customer's own to choose. An erasure has a rule of its own.
"""

from django.db import migrations

NAMES = """
CREATE FUNCTION refuse_change_of_name() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'a name stays as customers have read it' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER people_user_name_frozen BEFORE UPDATE ON people_user
    FOR EACH ROW WHEN ((NEW.first_name, NEW.last_name) IS DISTINCT FROM (OLD.first_name, OLD.last_name)
                       AND NEW.closed_at IS NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_change_of_name();
ALTER TABLE people_user ENABLE ALWAYS TRIGGER people_user_name_frozen;
REVOKE DELETE ON people_user FROM portal_app;
REVOKE UPDATE ON people_evidence FROM portal_app;
"""

CODES = """
CREATE FUNCTION refuse_change_of_code() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF to_jsonb(OLD) - 'used_at' IS DISTINCT FROM to_jsonb(NEW) - 'used_at'
       OR OLD.used_at IS NOT NULL OR NOT is_now(NEW.used_at) THEN
        RAISE EXCEPTION 'a claim code is only used, once, now'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_claimcode_frozen BEFORE UPDATE ON people_claimcode
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_code();
ALTER TABLE people_claimcode ENABLE ALWAYS TRIGGER people_claimcode_frozen;

CREATE FUNCTION refuse_code_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    customer CONSTANT uuid := NEW.customer_id;
BEGIN
    IF NOT (CASE TG_OP
        WHEN 'INSERT' THEN
            ledger_tells_now(customer::text, customer, 'claim_code.made', NULL,
                             jsonb_build_object('capacity', NEW.capacity))
        ELSE
            ledger_tells_now(customer::text, customer, 'record.claimed', NULL, '{}')
            OR ledger_tells_now(customer::text, customer, 'guardian.accepted', NULL, '{}') END) THEN
        RAISE EXCEPTION 'a claim code is made and used with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_claimcode_on_record AFTER INSERT OR UPDATE ON people_claimcode
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_code_off_record();
ALTER TABLE people_claimcode ENABLE ALWAYS TRIGGER people_claimcode_on_record;
"""

FACTS = """
CREATE FUNCTION refuse_facts_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    is_language_alone CONSTANT boolean :=
        (NEW.country, NEW.region, NEW.born_on) IS NOT DISTINCT FROM (OLD.country, OLD.region, OLD.born_on);
BEGIN
    IF NOT (ledger_tells_now('list', NULL, 'customers.imported', NULL, '{}') AND NEW.reference IS NOT NULL
            OR is_language_alone
               AND ledger_tells_now(NEW.id::text, NEW.id, 'customer.language_chosen', NULL, '{}')) THEN
        RAISE EXCEPTION 'what is known of a customer changes with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_customer_facts_on_record AFTER UPDATE ON people_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((NEW.country, NEW.region, NEW.language, NEW.born_on)
              IS DISTINCT FROM (OLD.country, OLD.region, OLD.language, OLD.born_on)
          AND NEW.erased_at IS NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_facts_off_record();
ALTER TABLE people_customer ENABLE ALWAYS TRIGGER people_customer_facts_on_record;
"""

BACK = """
DROP TRIGGER people_customer_facts_on_record ON people_customer; DROP FUNCTION refuse_facts_off_record;
DROP TRIGGER people_claimcode_on_record ON people_claimcode; DROP FUNCTION refuse_code_off_record;
DROP TRIGGER people_claimcode_frozen ON people_claimcode; DROP FUNCTION refuse_change_of_code;
GRANT UPDATE ON people_evidence TO portal_app; GRANT DELETE ON people_user TO portal_app;
DROP TRIGGER people_user_name_frozen ON people_user; DROP FUNCTION refuse_change_of_name;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0010_addresses_are_on_record")]
    operations = [migrations.RunSQL(NAMES + CODES + FACTS, BACK)]
