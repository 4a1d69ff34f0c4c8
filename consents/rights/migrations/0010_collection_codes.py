import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import consents.core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0009_proofs_go_with_their_customer"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="download",
            name="taken_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="CollectionCode",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("code_hash", models.BinaryField(max_length=32, null=True, unique=True)),
                (
                    "way",
                    models.CharField(choices=[("mailed", "Mailed"), ("handed", "Handed")], max_length=10),
                ),
                ("made_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "end",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("replaced", "Replaced"),
                            ("stopped", "Stopped"),
                            ("tries", "Tries"),
                            ("over", "Over"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="codes", to="rights.package"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="download",
            name="code",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="downloads",
                to="rights.collectioncode",
            ),
        ),
        migrations.AddConstraint(
            model_name="download",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code__isnull", False), ("taken_by__isnull", True)),
                    models.Q(("code__isnull", True), ("taken_by__isnull", False)),
                    _connector="OR",
                ),
                name="rights_download_by_account_or_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="collectioncode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("package",),
                name="rights_collectioncode_one_works",
            ),
        ),
        migrations.AddConstraint(
            model_name="collectioncode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("way", "mailed"), models.Q(("made_by__isnull", False), ("way", "handed")), _connector="OR"
                ),
                name="rights_collectioncode_handed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="collectioncode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code_hash__isnull", False), ("end", ""), ("ended_at__isnull", True), ("tries__lt", 10)),
                    models.Q(
                        ("end__in", ["replaced", "stopped", "tries", "over"]),
                        ("ended_at__isnull", False),
                        ("tries__lte", 10),
                    ),
                    _connector="OR",
                ),
                name="rights_collectioncode_works_or_ended",
            ),
        ),
    ]
