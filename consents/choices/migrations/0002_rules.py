from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    dependencies = [
        ("choices", "0001_initial"),
        ("catalogue", "0002_rules"),
    ]
    operations = [RunRules(__file__)]
