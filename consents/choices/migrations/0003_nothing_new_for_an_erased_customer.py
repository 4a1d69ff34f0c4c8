"""Of an erased customer no choice begins, and none is given again."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER choices_choice_not_of_erased BEFORE INSERT ON choices_choice
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE choices_choice ENABLE ALWAYS TRIGGER choices_choice_not_of_erased;
CREATE TRIGGER choices_choice_not_given_once_erased BEFORE UPDATE ON choices_choice
    FOR EACH ROW WHEN (NEW.status IN ('ConsentGiven', 'RenewedConsentGiven')) EXECUTE FUNCTION refuse_for_erased();
ALTER TABLE choices_choice ENABLE ALWAYS TRIGGER choices_choice_not_given_once_erased;
"""

BACK = """
DROP TRIGGER choices_choice_not_given_once_erased ON choices_choice;
DROP TRIGGER choices_choice_not_of_erased ON choices_choice;
"""


class Migration(migrations.Migration):
    dependencies = [("choices", "0002_every_change_is_on_record"), ("people", "0006_erasure_is_final")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
