import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import consents.core.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("dataset", models.CharField(choices=[("access_log", "access log")], max_length=20)),
                ("format", models.CharField(choices=[("csv", "CSV")], max_length=10)),
                ("from_date", models.DateField(verbose_name="from")),
                ("until_date", models.DateField(verbose_name="until")),
                ("time_zone", models.CharField(max_length=60)),
                ("reason", models.CharField(max_length=200, verbose_name="what it is for")),
                ("made_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                ("filename", models.CharField(max_length=80, verbose_name="file name")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
            },
        ),
        migrations.CreateModel(
            name="ExportResult",
            fields=[
                (
                    "export",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="result",
                        serialize=False,
                        to="exports.export",
                    ),
                ),
                ("rows", models.BigIntegerField()),
                ("size", models.BigIntegerField(help_text="In bytes.")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("finished_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rows__gte", 0), ("size__gte", 0)), name="exports_result_counts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="exports_result_digest"
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["-made_at"], name="exports_export_by_time"),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("dataset__in", ["access_log"])), name="exports_export_known_dataset"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("format__in", ["csv"])), name="exports_export_known_format"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_date__gt", models.F("from_date"))), name="exports_export_period_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="exports_export_says_why"
            ),
        ),
    ]
