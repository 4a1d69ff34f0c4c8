"""A sale is allowed again by the customer alone, signed in here (11 CCR 7028(a)): such a request comes from nowhere
else, and is called done only where a yes to a sale stands.

The owner of the database is not bound by the latter (see people/0002).
"""

from django.db import migrations, models

ALLOWED = """
CREATE FUNCTION refuse_sale_that_nobody_allowed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM choices_choice AS c JOIN catalogue_purposeversion AS v ON v.id = c.version_id
        WHERE c.customer_id = NEW.customer_id AND v.sale AND c.status IN ('ConsentGiven', 'RenewedConsentGiven')) THEN
        RAISE EXCEPTION 'a sale is allowed by its customer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_rightsrequest_sale_allowed AFTER INSERT OR UPDATE OF state ON rights_rightsrequest
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.request_type = 'sale:opt_in' AND NEW.outcome IN ('complied_whole', 'complied_part')
                       AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_sale_that_nobody_allowed();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_sale_allowed;
"""
BACK = """
DROP TRIGGER rights_rightsrequest_sale_allowed ON rights_rightsrequest; DROP FUNCTION refuse_sale_that_nobody_allowed;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0016_an_objection_is_answered_use_by_use"), ("choices", "0001_initial")]
    operations = [
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("request_type", "sale:opt_in"), _negated=True), ("channel", "portal"), _connector="OR"
                ),
                name="rights_request_a_sale_is_allowed_here",
            ),
        ),
        migrations.RunSQL(ALLOWED, BACK),
    ]
