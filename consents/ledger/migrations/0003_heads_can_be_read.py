"""Verification compares the end of each chain with its head, so that a cut tail is seen."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "GRANT SELECT ON ledger_chainhead TO portal_app", "REVOKE SELECT ON ledger_chainhead FROM portal_app"
        )
    ]
