import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import consents.core.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                ("context", models.JSONField(default=dict)),
                ("sealed", models.BinaryField(null=True)),
                ("key", models.CharField(max_length=120, unique=True)),
                (
                    "queued_at",
                    models.DateTimeField(db_default=consents.core.clock.DatabaseNow()),
                ),
                ("sent_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("customer__isnull", True),
                                ("sealed__isnull", True),
                                ("user__isnull", False),
                            ),
                            models.Q(
                                ("customer__isnull", False),
                                ("sealed__isnull", True),
                                ("user__isnull", True),
                            ),
                            models.Q(("customer__isnull", True), ("user__isnull", True)),
                            _connector="OR",
                        ),
                        name="notifications_message_one_recipient",
                    )
                ],
            },
        ),
    ]
