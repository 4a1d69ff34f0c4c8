from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [RunRules(__file__)]
