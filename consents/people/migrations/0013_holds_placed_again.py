import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0012_what_was_asked_is_taken_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="legalhold",
            name="original",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AlterField(
            model_name="legalhold",
            name="placed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(("placed_by__isnull", False), ("original__isnull", False), _connector="OR"),
                name="people_legalhold_placed_by_somebody",
            ),
        ),
    ]
