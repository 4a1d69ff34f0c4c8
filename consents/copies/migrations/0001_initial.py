import uuid

from django.conf import settings
from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [("people", "0002_rules"), ("people", "__first__"), ("rights", "0002_rules")]

    operations = [
        migrations.CreateModel(
            name="AddedFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("system", models.CharField(max_length=60)),
                ("kind", models.CharField(blank=True, max_length=4)),
                ("size", models.BigIntegerField()),
                ("left_out", models.CharField(max_length=8)),
                ("sealed_about", models.BinaryField()),
                ("added_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "added_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.customer")),
                (
                    "rights_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="added_files", to="rights.rightsrequest"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", ""), ("left_out", "whole"), ("size", 0)),
                            models.Q(
                                ("kind__in", ["pdf", "png", "jpg", "csv", "txt"]),
                                ("left_out__in", ["nothing", "part"]),
                                ("size__gt", 0),
                            ),
                            _connector="OR",
                        ),
                        name="copies_addedfile_is_there_or_left_out",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="FileChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("sealed", models.BinaryField()),
                ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.customer")),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="chunks", to="copies.addedfile"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("file", "number"), name="copies_filechunk_once")]},
        ),
        migrations.CreateModel(
            name="FileDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("outcome", models.CharField(max_length=9)),
                ("decided_at", models.DateTimeField(db_default=DatabaseNow())),
                ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.customer")),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="decisions", to="copies.addedfile"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("file", "outcome"), name="copies_filedecision_once"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["agreed", "taken_out"])),
                        name="copies_filedecision_known_outcome",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField(db_default=DatabaseNow())),
                ("ends_at", models.DateTimeField()),
                ("sealed_page", models.BinaryField(null=True)),
                ("sealed_data", models.BinaryField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.customer")),
                (
                    "rights_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="packages", to="rights.rightsrequest"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=["ends_at"],
                        name="copies_package_to_remove",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("removed_at__isnull", True),
                                ("sealed_data__isnull", False),
                                ("sealed_page__isnull", False),
                            ),
                            models.Q(
                                ("removed_at__isnull", False),
                                ("sealed_data__isnull", True),
                                ("sealed_page__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="copies_package_whole_or_removed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CollectionCode",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("code_hash", models.BinaryField(max_length=32, null=True, unique=True)),
                ("way", models.CharField(max_length=10)),
                ("made_at", models.DateTimeField(db_default=DatabaseNow())),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                ("end", models.CharField(blank=True, max_length=10)),
                ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.customer")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("package", models.ForeignKey(on_delete=models.PROTECT, related_name="codes", to="copies.package")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("package",),
                        name="copies_collectioncode_one_works",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("way", "mailed"), models.Q(("made_by__isnull", False), ("way", "handed")), _connector="OR"
                        ),
                        name="copies_collectioncode_handed_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("code_hash__isnull", False), ("end", ""), ("ended_at__isnull", True), ("tries__lt", 10)
                            ),
                            models.Q(
                                ("end__in", ["replaced", "stopped", "tries", "over"]),
                                ("ended_at__isnull", False),
                                ("tries__lte", 10),
                            ),
                            _connector="OR",
                        ),
                        name="copies_collectioncode_works_or_ended",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Download",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.CharField(max_length=4)),
                ("taken_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "code",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="downloads", to="copies.collectioncode"
                    ),
                ),
                ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.customer")),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("package", models.ForeignKey(on_delete=models.PROTECT, related_name="downloads", to="copies.package")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("part__in", ["page", "data", "all"])), name="copies_download_known_part"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("code__isnull", False), ("taken_by__isnull", True)),
                            models.Q(("code__isnull", True), ("taken_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="copies_download_by_account_or_code",
                    ),
                ]
            },
        ),
    ]
