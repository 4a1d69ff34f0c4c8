from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    dependencies = [
        ("disclosures", "0001_initial"),
        ("access", "0002_rules"),
        ("vault", "0002_rules"),
    ]
    operations = [RunRules(__file__)]
