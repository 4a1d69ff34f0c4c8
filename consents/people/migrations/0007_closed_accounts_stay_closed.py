"""A closed account stays closed, whatever was read of it before: no later save brings the person back (promise 11).

`refuse_for_closed` locks the user's row, so that a closing under way is waited for; its argument names the column.
"""

from django.db import migrations, models
from django.db.models import Q

FORWARD = """
UPDATE people_user SET closed_at = portal_now() WHERE email = id || '@erased.invalid';

CREATE FUNCTION refuse_change_of_closed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'a closed account stays closed' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER people_user_closed_stays BEFORE UPDATE ON people_user
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_closed();
ALTER TABLE people_user ENABLE ALWAYS TRIGGER people_user_closed_stays;

CREATE FUNCTION refuse_for_closed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    theirs CONSTANT uuid := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    -- Waits for a closing under way; the row as it is after that decides.
    PERFORM FROM people_user AS u WHERE u.id = theirs FOR SHARE;
    IF EXISTS (SELECT FROM people_user AS u WHERE u.id = theirs AND u.closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the account is closed' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_acting_not_of_closed BEFORE INSERT ON people_acting
    FOR EACH ROW EXECUTE FUNCTION refuse_for_closed('user_id');
ALTER TABLE people_acting ENABLE ALWAYS TRIGGER people_acting_not_of_closed;
CREATE TRIGGER people_evidence_not_of_closed BEFORE INSERT OR UPDATE ON people_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_for_closed('user');
ALTER TABLE people_evidence ENABLE ALWAYS TRIGGER people_evidence_not_of_closed;
CREATE TRIGGER account_emailaddress_not_of_closed BEFORE INSERT OR UPDATE ON account_emailaddress
    FOR EACH ROW EXECUTE FUNCTION refuse_for_closed('user_id');
ALTER TABLE account_emailaddress ENABLE ALWAYS TRIGGER account_emailaddress_not_of_closed;
CREATE TRIGGER mfa_authenticator_not_of_closed BEFORE INSERT OR UPDATE ON mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION refuse_for_closed('user_id');
ALTER TABLE mfa_authenticator ENABLE ALWAYS TRIGGER mfa_authenticator_not_of_closed;
"""

BACK = """
DROP TRIGGER mfa_authenticator_not_of_closed ON mfa_authenticator;
DROP TRIGGER account_emailaddress_not_of_closed ON account_emailaddress;
DROP TRIGGER people_evidence_not_of_closed ON people_evidence;
DROP TRIGGER people_acting_not_of_closed ON people_acting; DROP FUNCTION refuse_for_closed;
DROP TRIGGER people_user_closed_stays ON people_user; DROP FUNCTION refuse_change_of_closed;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_erasure_is_final"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [
        migrations.AddField("user", "closed_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunSQL(FORWARD, BACK),
        migrations.AddConstraint(
            "user",
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(is_active=False, first_name="", last_name=""),
                name="people_user_closed_is_bare",
            ),
        ),
    ]
