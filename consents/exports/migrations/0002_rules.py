from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    dependencies = [
        ("exports", "0001_initial"),
        ("people", "0002_rules"),
    ]
    operations = [RunRules(__file__)]
