"""The company's own list does not bring back whom the portal has erased."""

from django.db import migrations, models

from consents.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0008_staff_and_keys_are_on_record"),
        ("core", "0001_clock_and_refuse_change"),
    ]
    operations = [
        migrations.CreateModel(
            name="ErasedReference",
            fields=[("hash", models.BinaryField(max_length=32, primary_key=True, serialize=False))],
            options={"abstract": False},
        ),
        append_only("people_erasedreference"),
    ]
