from django.db import migrations

from consents.core.owner import RunRules


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        ("people", "0002_rules"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations = [RunRules(__file__)]
