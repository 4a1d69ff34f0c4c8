from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("choices", "0002_rules"),
        ("training", "0002_rules"),
    ]
    operations = [RunRules(__file__)]
