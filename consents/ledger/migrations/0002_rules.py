from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
    ]
    operations = [RunRules(__file__)]
