import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import consents.core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_age_of_own_consent"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("requested", "the customer asked for it"),
                            ("not_needed", "the data is not needed any more"),
                            ("withdrawn", "consent was withdrawn and nothing else allows keeping it"),
                            ("unlawful", "the data should never have been kept"),
                            ("legal_duty", "the law demands it"),
                        ],
                        max_length=20,
                    ),
                ),
                ("proposed_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                ("done_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("original", models.BinaryField(max_length=32, null=True)),
            ],
            options={
                "verbose_name": "erasure",
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("legal_claim", "a legal claim"),
                            ("court_order", "an order of a court"),
                            ("authority", "an order of an authority"),
                            ("legal_duty", "a duty to keep by law"),
                        ],
                        max_length=20,
                    ),
                ),
                ("document", models.CharField(max_length=60)),
                ("review_on", models.DateField()),
                ("placed_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "legal hold",
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="erased_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at__isnull", True),
                    models.Q(
                        ("address_hash__isnull", True),
                        ("born_on__isnull", True),
                        ("country", ""),
                        ("language", ""),
                        ("reference__isnull", True),
                        ("region", ""),
                    ),
                    _connector="OR",
                ),
                name="people_customer_unlinked_when_erased",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="cancelled_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="confirmed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to="people.customer"
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="proposed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="legal_holds", to="people.customer"
            ),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="lifted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="placed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["requested", "not_needed", "withdrawn", "unlawful", "legal_duty"])),
                name="people_erasure_known_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("original__isnull", True), ("proposed_by__isnull", False)),
                    models.Q(("done_at__isnull", False), ("original__isnull", False)),
                    _connector="OR",
                ),
                name="people_erasure_is_proposed",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True),
                    models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="people_erasure_two_officers",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_by__isnull", True), ("done_at__isnull", True)),
                    models.Q(("confirmed_by__isnull", False), ("done_at__isnull", False), ("original__isnull", True)),
                    models.Q(("confirmed_by__isnull", True), ("done_at__isnull", False), ("original__isnull", False)),
                    _connector="OR",
                ),
                name="people_erasure_confirmed_and_done",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                    models.Q(
                        ("cancelled_at__isnull", False), ("cancelled_by__isnull", False), ("done_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="people_erasure_cancelled_by_and_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at__isnull", True)),
                fields=("customer",),
                name="people_erasure_one_per_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["legal_claim", "court_order", "authority", "legal_duty"])),
                name="people_legalhold_known_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(("document", ""), _negated=True), name="people_legalhold_names_its_document"
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at__isnull", True), ("lifted_by__isnull", True)),
                    models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                    _connector="OR",
                ),
                name="people_legalhold_lifted_by_and_at",
            ),
        ),
    ]
