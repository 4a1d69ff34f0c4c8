"""The index by customer and purpose serves what one by customer alone would."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("choices", "0005_marks_are_on_record"),
        ("people", "0010_addresses_are_on_record"),
    ]

    operations = [
        migrations.AlterField(
            model_name="choice",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="choices",
                to="people.customer",
            ),
        ),
    ]
