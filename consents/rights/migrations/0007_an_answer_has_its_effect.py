"""What a request ended with holds: a granted pause or objection stands, and nobody is erased who took that back.

The owner of the database is not bound (see people/0002), but for `mark_is_for_staff`.
"""

from django.db import migrations

EFFECTS = """
CREATE FUNCTION refuse_answer_without_effect() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.request_type IN ('A18', 'A21') AND NEW.outcome IN ('complied_whole', 'complied_part')
       AND NOT EXISTS (SELECT FROM choices_mark AS m WHERE m.request = NEW.id AND m.lifted_at IS NULL)
       AND NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a pause or an objection that is granted stands'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.request_type IN ('A17', 'deletion')
       AND EXISTS (SELECT FROM people_erasure AS e WHERE e.customer_id = NEW.customer_id AND e.reason = 'requested'
                   AND e.done_at IS NULL AND e.cancelled_at IS NULL) THEN
        RAISE EXCEPTION 'with the request goes what was proposed to fulfil it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_rightsrequest_has_effect AFTER INSERT OR UPDATE OF state ON rights_rightsrequest
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'answered' AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_answer_without_effect();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_has_effect;

-- The function of choices/0008: an objection too, once its request was refused.
CREATE OR REPLACE FUNCTION mark_is_for_staff(mark choices_mark) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT mark.kind = 'restriction'
    OR mark.kind = 'objection'
       AND EXISTS (SELECT FROM rights_rightsrequest AS r WHERE r.id = mark.request AND r.outcome = 'denied')
$$;
"""
BACK = """
CREATE OR REPLACE FUNCTION mark_is_for_staff(mark choices_mark) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT mark.kind = 'restriction' $$;
DROP TRIGGER rights_rightsrequest_has_effect ON rights_rightsrequest; DROP FUNCTION refuse_answer_without_effect;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0006_the_answer_ends_the_pause"),
        ("choices", "0008_staff_lift_only_pauses"),
        ("people", "0012_what_was_asked_is_taken_back"),
    ]
    operations = [migrations.RunSQL(EFFECTS, BACK)]
