import datetime

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("title", models.CharField(max_length=80)),
                ("description", models.CharField(blank=True, max_length=300)),
                ("sensitive", models.BooleanField(default=False)),
                ("order", models.PositiveSmallIntegerField(default=100)),
                ("published", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "data category",
                "verbose_name_plural": "data categories",
                "ordering": ["sensitive", "order", "title"],
            },
        ),
        migrations.CreateModel(
            name="Purpose",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("code", models.SlugField(max_length=60, unique=True)),
                (
                    "usage",
                    models.CharField(
                        choices=[
                            ("standing", "standing: the customer agrees once"),
                            ("per_request", "per request: staff ask each time"),
                            ("both", "both"),
                        ],
                        default="per_request",
                        max_length=12,
                    ),
                ),
                (
                    "answer_within",
                    models.DurationField(
                        default=datetime.timedelta(days=7),
                        help_text="How long the customer has to answer: 1 hour to 30 days.",
                        validators=[
                            django.core.validators.MinValueValidator(datetime.timedelta(seconds=3600)),
                            django.core.validators.MaxValueValidator(datetime.timedelta(days=30)),
                        ],
                    ),
                ),
                (
                    "access_default",
                    models.DurationField(default=datetime.timedelta(seconds=7200)),
                ),
                (
                    "access_most",
                    models.DurationField(default=datetime.timedelta(days=30)),
                ),
                (
                    "retired_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
            ],
            options={
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("usage__in", ["standing", "per_request", "both"])),
                        name="catalogue_purpose_known_usage",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answer_within__gte", datetime.timedelta(seconds=3600)),
                            ("answer_within__lte", datetime.timedelta(days=30)),
                        ),
                        name="catalogue_purpose_answer_within",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("access_default__gt", datetime.timedelta(0)),
                            ("access_default__lte", models.F("access_most")),
                            ("access_most__lte", datetime.timedelta(days=30)),
                        ),
                        name="catalogue_purpose_access_length",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Field",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("key", models.CharField(max_length=60)),
                ("label", models.CharField(max_length=80)),
                ("order", models.PositiveSmallIntegerField(default=100)),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fields",
                        to="catalogue.category",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "id"],
                "constraints": [models.UniqueConstraint(fields=("category", "key"), name="catalogue_field_once")],
            },
        ),
        migrations.CreateModel(
            name="PurposeVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "name",
                    models.CharField(
                        help_text="A verb phrase: “Answer your questions”.",
                        max_length=80,
                    ),
                ),
                (
                    "sentence",
                    models.CharField(help_text="One plain sentence.", max_length=200),
                ),
                ("text", models.TextField(max_length=4000)),
                (
                    "if_no",
                    models.CharField(
                        help_text="What happens if the customer says no.",
                        max_length=300,
                        verbose_name="if the customer says no",
                    ),
                ),
                (
                    "recipients",
                    models.CharField(
                        blank=True,
                        help_text="Who outside the company gets the data. Empty: nobody.",
                        max_length=300,
                    ),
                ),
                (
                    "legal_basis",
                    models.CharField(
                        choices=[
                            ("A6-1-a", "consent"),
                            ("A6-1-b", "contract"),
                            ("A6-1-c", "legal obligation"),
                            ("A6-1-d", "vital interests"),
                            ("A6-1-e", "public task"),
                            ("A6-1-f", "legitimate interests"),
                        ],
                        default="A6-1-a",
                        max_length=10,
                    ),
                ),
                (
                    "material",
                    models.BooleanField(
                        default=True,
                        help_text="Earlier consent stops counting and is asked anew.",
                        verbose_name="material change",
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                (
                    "categories",
                    models.ManyToManyField(related_name="purpose_versions", to="catalogue.category"),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="catalogue.purpose",
                    ),
                ),
            ],
            options={
                "ordering": ["purpose", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("purpose", "number"), name="catalogue_version_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at__isnull", True),
                                ("published_by__isnull", True),
                            ),
                            models.Q(
                                ("published_at__isnull", False),
                                ("published_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="catalogue_version_published_by_and_at",
                    ),
                ],
            },
        ),
    ]
