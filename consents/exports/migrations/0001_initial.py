import uuid

from django.conf import settings
from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_rules"), ("people", "__first__")]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("dataset", models.CharField(max_length=20, verbose_name="records")),
                ("version", models.PositiveSmallIntegerField()),
                ("format", models.CharField(max_length=10)),
                ("from_date", models.DateField(verbose_name="from")),
                ("until_date", models.DateField(verbose_name="until")),
                ("time_zone", models.CharField(max_length=60)),
                ("chosen", models.JSONField(default=dict)),
                ("personal", models.BooleanField(default=False, verbose_name="personal columns")),
                ("reason", models.CharField(max_length=200, verbose_name="what it is for")),
                ("made_at", models.DateTimeField(db_default=DatabaseNow(), verbose_name="asked for")),
                ("filename", models.CharField(max_length=80, verbose_name="file name")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "indexes": [models.Index(fields=["-made_at"], name="exports_export_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "dataset__in",
                                [
                                    "requests",
                                    "metrics",
                                    "consent_events",
                                    "access_log",
                                    "processing",
                                    "catalogue",
                                    "exemptions",
                                    "training",
                                    "reports",
                                    "alerts",
                                    "blocks",
                                    "assents",
                                    "insights",
                                    "erasures",
                                    "holds",
                                    "staff_rights",
                                    "breaches",
                                ],
                            )
                        ),
                        name="exports_export_known_dataset",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("format__in", ["csv", "jsonl", "xlsx", "pdf"])),
                        name="exports_export_known_format",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("format", "pdf"), _negated=True),
                            ("dataset__in", ["processing", "metrics"]),
                            _connector="OR",
                        ),
                        name="exports_export_document_of_register",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until_date__gt", models.F("from_date"))),
                        name="exports_export_period_not_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="exports_export_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("personal", False), ("made_by__isnull", False), _connector="OR"),
                        name="exports_export_personal_has_officer",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("chosen"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.* ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="exports_export_chosen",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "export",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="approval",
                        serialize=False,
                        to="exports.export",
                    ),
                ),
                ("approved_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "approved_by",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="ExportResult",
            fields=[
                (
                    "export",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="result",
                        serialize=False,
                        to="exports.export",
                    ),
                ),
                ("rows", models.BigIntegerField()),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("manifest", models.CharField(max_length=64)),
                ("finished_at", models.DateTimeField(db_default=DatabaseNow())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rows__gte", 0), ("size__gte", 0)), name="exports_result_counts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("manifest__regex", "^[0-9a-f]{64}$"), ("sha256__regex", "^[0-9a-f]{64}$")),
                        name="exports_result_digest",
                    ),
                ]
            },
        ),
    ]
