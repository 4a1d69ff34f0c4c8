import uuid

import django.core.validators
from django.conf import settings
from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [("people", "0002_rules"), ("people", "__first__")]

    operations = [
        migrations.CreateModel(
            name="ModuleVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.SlugField(
                        help_text="The same code makes a new version of the same module.",
                        max_length=40,
                        verbose_name="code",
                    ),
                ),
                ("number", models.SmallIntegerField(editable=False, verbose_name="number")),
                (
                    "required",
                    models.BooleanField(
                        default=True,
                        help_text="Without a valid attestation no one may ask for access or look at data.",
                        verbose_name="required",
                    ),
                ),
                ("words", models.JSONField(default=dict, editable=False)),
                ("solution", models.JSONField(default=list, editable=False)),
                (
                    "pass_mark",
                    models.SmallIntegerField(
                        default=80,
                        validators=[
                            django.core.validators.MinValueValidator(50),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="pass mark, in percent",
                    ),
                ),
                (
                    "valid_months",
                    models.SmallIntegerField(
                        default=12,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(36),
                        ],
                        verbose_name="valid for, in months",
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "training module",
                "verbose_name_plural": "training modules",
                "ordering": ["code", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("code", "number"), name="training_module_number"),
                    models.CheckConstraint(
                        condition=models.Q(("pass_mark__gte", 50), ("pass_mark__lte", 100)), name="training_module_pass"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_months__gte", 1), ("valid_months__lte", 36)),
                        name="training_module_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_at__isnull", True),
                            models.Q(("published_by__isnull", False), models.Q(("solution", []), _negated=True)),
                            _connector="OR",
                        ),
                        name="training_module_published_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("words"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.*.title ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="training_module_titles",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("words"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.*.questions[*].answers[*] ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="training_module_answers",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("solution"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $[*] ? (@.type() != \"number\")', '{}', true), false)",
                        ),
                        name="training_module_solution",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("answers", models.JSONField()),
                ("score", models.SmallIntegerField()),
                ("made_at", models.DateTimeField(db_default=DatabaseNow())),
                ("member", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.staffmember")),
                ("version", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="training.moduleversion")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("answers"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $[*] ? (@.type() != \"number\")', '{}', true), false)",
                        ),
                        name="training_attempt_answers",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attestation",
            fields=[
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=models.PROTECT, primary_key=True, serialize=False, to="training.attempt"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="module")),
                ("number", models.SmallIntegerField(verbose_name="version")),
                ("score", models.SmallIntegerField(verbose_name="score")),
                ("attested_at", models.DateTimeField(verbose_name="attested")),
                ("valid_until", models.DateTimeField(verbose_name="valid until")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=models.PROTECT,
                        related_name="attestations",
                        to="people.staffmember",
                        verbose_name="member of staff",
                    ),
                ),
            ],
            options={
                "verbose_name": "attestation",
                "verbose_name_plural": "attestations",
                "indexes": [
                    models.Index(fields=["member", "code", "valid_until"], name="training_attested"),
                    models.Index(fields=["valid_until"], name="training_lapsing"),
                ],
            },
        ),
    ]
