"""What was asked for, agreed to and taken out stays on record."""

from django.db import migrations

from consents.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_initial"), ("core", "0001_clock_and_refuse_change")]
    operations = [append_only("exports_export"), append_only("exports_approval"), append_only("exports_exportresult")]
