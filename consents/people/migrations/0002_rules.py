from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("ledger", "0002_rules"),
        ("account", "0001_initial"),
        ("mfa", "0001_initial"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]
    operations = [RunRules(__file__)]
