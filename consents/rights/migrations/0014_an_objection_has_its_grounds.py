"""An objection is filed to uses that rest on a public task or on legitimate interests alone (GDPR Art 21(1)).

One that goes on from an appeal keeps its scope. The owner of the database is not bound (see people/0002).
"""

from django.db import migrations

GROUNDS = """
CREATE FUNCTION refuse_objection_without_ground() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM catalogue_purpose AS p
               WHERE NEW.scope ? p.code AND NOT may_be_objected_to(p.id, portal_now())) THEN
        RAISE EXCEPTION 'one objects to a use that rests on a public task or a legitimate interest'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_rightsrequest_objects BEFORE INSERT ON rights_rightsrequest
    FOR EACH ROW WHEN (NEW.request_type = 'A21' AND NEW.follows_id IS NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_objection_without_ground();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_objects;
"""
BACK = """
DROP TRIGGER rights_rightsrequest_objects ON rights_rightsrequest; DROP FUNCTION refuse_objection_without_ground;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0013_every_step_has_its_name"), ("choices", "0009_an_objection_has_its_grounds")]
    operations = [migrations.RunSQL(GROUNDS, BACK)]
