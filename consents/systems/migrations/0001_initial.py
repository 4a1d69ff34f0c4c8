import uuid

import django.db.models.deletion
from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_rules"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Receiver",
            fields=[
                (
                    "name",
                    models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name="system"),
                ),
                ("failures", models.SmallIntegerField(default=0)),
                ("resumes_at", models.DateTimeField(db_default=DatabaseNow())),
                ("stopped_at", models.DateTimeField(null=True, verbose_name="stopped")),
                ("failed_at", models.DateTimeField(null=True, verbose_name="last failure")),
                ("error", models.CharField(blank=True, max_length=60)),
                ("delivered_at", models.DateTimeField(null=True, verbose_name="last delivered")),
            ],
            options={
                "verbose_name": "system told of changes",
                "verbose_name_plural": "systems told of changes",
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("system", models.CharField(max_length=60)),
                ("kind", models.CharField(max_length=60)),
                ("purpose", models.CharField(blank=True, max_length=60)),
                ("record", models.UUIDField(null=True)),
                ("sealed", models.BinaryField(null=True)),
                ("key_id", models.CharField(blank=True, max_length=20)),
                ("queued_at", models.DateTimeField(db_default=DatabaseNow())),
                ("due_at", models.DateTimeField(db_default=DatabaseNow())),
                ("tries", models.SmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=60)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("given_up_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("delivered_at__isnull", True)),
                        fields=["system", "due_at"],
                        name="systems_webhook_undelivered",
                    )
                ],
            },
        ),
    ]
