"""What an erased customer wanted of mail does not come back with a form that was on its way."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER notifications_preference_not_of_erased BEFORE INSERT OR UPDATE ON notifications_preference
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE notifications_preference ENABLE ALWAYS TRIGGER notifications_preference_not_of_erased;
"""

BACK = "DROP TRIGGER notifications_preference_not_of_erased ON notifications_preference;"


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0003_stopped_for_the_erased"),
        ("people", "0006_erasure_is_final"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACK)]
