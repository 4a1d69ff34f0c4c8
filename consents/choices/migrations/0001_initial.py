import uuid

from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_rules"), ("catalogue", "0001_initial"), ("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Digest",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
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
                ("status", models.CharField(max_length=30)),
                ("since", models.DateTimeField(db_default=DatabaseNow())),
                ("valid_until", models.DateTimeField(null=True)),
                ("rests_until", models.DateTimeField(null=True)),
                ("rest_rule", models.CharField(blank=True, max_length=20)),
                ("despite_signal", models.BooleanField(default=False)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="choices", to="people.customer"
                    ),
                ),
                ("purpose", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="catalogue.purpose")),
                (
                    "version",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="catalogue.purposeversion"),
                ),
            ],
            options={
                "verbose_name": "choice",
                "verbose_name_plural": "choices",
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
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=11)),
                ("request", models.UUIDField(null=True)),
                ("placed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("lift_announced_at", models.DateTimeField(null=True)),
                ("lifted_at", models.DateTimeField(null=True)),
                ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="marks", to="people.customer")),
                (
                    "purpose",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="catalogue.purpose"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("customer", "kind", "purpose", "request"),
                        name="choices_mark_one_that_stands",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["restriction", "objection", "limit"])),
                        name="choices_mark_known_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "objection"), ("purpose__isnull", True), _connector="OR"),
                        name="choices_mark_only_objections_of_a_purpose",
                    ),
                ]
            },
        ),
    ]
