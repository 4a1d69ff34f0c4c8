from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0001_initial"),
        ("disclosures", "0002_rules"),
        ("training", "0002_rules"),
    ]
    operations = [RunRules(__file__)]
