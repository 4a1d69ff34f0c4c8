import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import consents.core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0003_published_categories_frozen"),
        ("rights", "0002_filed_requests_keep_their_terms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Late",
            fields=[
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="late",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("noted_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Meant",
            fields=[
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="meant",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("entry", models.UUIDField()),
                ("chosen_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                ("ends_at", models.DateTimeField()),
                ("sealed_page", models.BinaryField(null=True)),
                ("sealed_data", models.BinaryField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="packages", to="rights.rightsrequest"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Download",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.CharField(choices=[("page", "to read"), ("data", "for programs")], max_length=4)),
                ("taken_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="downloads", to="rights.package"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField()),
                ("field", models.CharField(max_length=60)),
                ("is_accepted", models.BooleanField()),
                (
                    "why_not",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accurate", "What we hold is right, as far as we can show."),
                            ("not_shown", "We could not find out that the new value is right."),
                            ("not_ours", "It says what was so at that time, and is kept as it was."),
                            ("no_entry", "We hold no entry that this could be put into."),
                        ],
                        max_length=12,
                    ),
                ),
                ("decided_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.category"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="rights.rightsrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("request", "place"), name="rights_correction_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_accepted", True), ("why_not", "")),
                            models.Q(
                                ("is_accepted", False),
                                ("why_not__in", ["accurate", "not_shown", "not_ours", "no_entry"]),
                            ),
                            _connector="OR",
                        ),
                        name="rights_correction_refused_with_reason",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="package",
            index=models.Index(
                condition=models.Q(("removed_at__isnull", True)), fields=["ends_at"], name="rights_package_to_remove"
            ),
        ),
        migrations.AddConstraint(
            model_name="package",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("removed_at__isnull", True), ("sealed_data__isnull", False), ("sealed_page__isnull", False)
                    ),
                    models.Q(
                        ("removed_at__isnull", False), ("sealed_data__isnull", True), ("sealed_page__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="rights_package_whole_or_removed",
            ),
        ),
        migrations.AddConstraint(
            model_name="download",
            constraint=models.CheckConstraint(
                condition=models.Q(("part__in", ["page", "data"])), name="rights_download_known_part"
            ),
        ),
    ]
