"""An erased customer is asked nothing and gets no grant any more."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER access_accessrequest_not_of_erased BEFORE INSERT ON access_accessrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE access_accessrequest ENABLE ALWAYS TRIGGER access_accessrequest_not_of_erased;
CREATE TRIGGER access_grant_not_of_erased BEFORE INSERT ON access_grant
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE access_grant ENABLE ALWAYS TRIGGER access_grant_not_of_erased;
"""

BACK = """
DROP TRIGGER access_grant_not_of_erased ON access_grant;
DROP TRIGGER access_accessrequest_not_of_erased ON access_accessrequest;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0003_no_grant_without_its_yes"), ("people", "0006_erasure_is_final")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
