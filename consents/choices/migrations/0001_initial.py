import uuid

import django.db.models.deletion
from django.db import migrations, models

import consents.core.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0002_frozen_once_published"),
        ("people", "0002_acting_is_on_record"),
    ]

    operations = [
        migrations.CreateModel(
            name="Digest",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="people.customer",
                    ),
                ),
                ("queued_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Choice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=10)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ConsentUnknown", "not answered"),
                            ("ConsentRequested", "asked"),
                            ("ConsentRequestDeferred", "not now"),
                            ("ConsentRefused", "refused"),
                            ("ConsentGiven", "given"),
                            ("RenewedConsentGiven", "renewed"),
                            ("ConsentWithdrawn", "withdrawn"),
                            ("ConsentRevoked", "ended by the company"),
                            ("ConsentExpired", "expired"),
                            ("ConsentInvalidated", "found invalid"),
                        ],
                        max_length=30,
                    ),
                ),
                ("since", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                ("valid_until", models.DateTimeField(null=True)),
                ("rests_until", models.DateTimeField(null=True)),
                (
                    "rest_rule",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ccpa-12-months", "12 months after an opt-out of sale or sharing"),
                            ("refusal-6-months", "6 months after a no"),
                        ],
                        max_length=20,
                    ),
                ),
                ("despite_signal", models.BooleanField(default=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="choices", to="people.customer"
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.purpose"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.purposeversion"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("status__in", ["ConsentGiven", "RenewedConsentGiven"]), ("valid_until__isnull", False)
                        ),
                        fields=["valid_until"],
                        name="choices_choice_running_out",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "purpose"), name="choices_choice_one_per_purpose"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "ConsentRequested",
                                    "ConsentRequestDeferred",
                                    "ConsentRefused",
                                    "ConsentGiven",
                                    "RenewedConsentGiven",
                                    "ConsentWithdrawn",
                                    "ConsentRevoked",
                                    "ConsentExpired",
                                    "ConsentInvalidated",
                                ],
                            )
                        ),
                        name="choices_choice_known_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("status__in", ["ConsentGiven", "RenewedConsentGiven", "ConsentExpired"]),
                            _connector="OR",
                        ),
                        name="choices_choice_only_a_yes_runs_out",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("rest_rule", ""), ("rests_until__isnull", True)),
                            models.Q(
                                ("rest_rule__in", ["ccpa-12-months", "refusal-6-months"]),
                                ("rests_until__isnull", False),
                                ("status__in", ["ConsentRefused", "ConsentWithdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="choices_choice_rests_by_a_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("despite_signal", False),
                            ("status__in", ["ConsentGiven", "RenewedConsentGiven"]),
                            _connector="OR",
                        ),
                        name="choices_choice_only_a_yes_despite_signal",
                    ),
                ],
            },
        ),
    ]
