from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    dependencies = [
        ("breaches", "0001_initial"),
        ("people", "0002_rules"),
        ("ledger", "0002_rules"),
    ]
    operations = [RunRules(__file__)]
