from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0005_transfers_have_a_safeguard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="purposeversion",
            name="catalogue_version_published_by_and_at",
        ),
        migrations.AddField(
            model_name="purposeversion",
            name="lost",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at__isnull", True), ("published_by__isnull", True)),
                    models.Q(("published_at__isnull", False), ("published_by__isnull", False)),
                    models.Q(("lost", True), ("published_at__isnull", False)),
                    _connector="OR",
                ),
                name="catalogue_version_published_by_and_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lost", False),
                    models.Q(("material", True), ("published_at__isnull", False), ("published_by__isnull", True)),
                    _connector="OR",
                ),
                name="catalogue_version_lost_is_material",
            ),
        ),
    ]
