"""The plan by which an opening's entry is looked up is made once for a connection, not for every opening."""

from django.db import migrations

FORWARD = "ALTER FUNCTION refuse_opening_off_record() SET plan_cache_mode = 'force_generic_plan'"
BACK = "ALTER FUNCTION refuse_opening_off_record() RESET plan_cache_mode"


class Migration(migrations.Migration):
    dependencies = [("disclosures", "0006_closed_while_a_mark_stands")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
