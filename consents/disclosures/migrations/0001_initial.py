import uuid

from django.conf import settings
from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_rules"),
        ("access", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("field", models.CharField(blank=True, db_default="", default="", max_length=60)),
                ("request", models.UUIDField(null=True)),
                ("opened_at", models.DateTimeField()),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="catalogue.category"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="people.customer"
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=models.PROTECT, related_name="openings", to="access.grant"
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="catalogue.purpose"
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "-opened_at"], name="disclosures_opening_of_cust"),
                    models.Index(fields=["opened_at"], name="disclosures_opening_by_time"),
                    models.Index(
                        condition=models.Q(("kind", "statistics")),
                        fields=["opened_at"],
                        name="disclosures_opening_counted",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("category__isnull", False),
                                ("customer__isnull", False),
                                ("grant__isnull", False),
                                ("kind", "grant"),
                                ("purpose__isnull", False),
                                ("staff__isnull", False),
                            ),
                            models.Q(("customer__isnull", False), ("grant__isnull", True), ("kind", "own_copy")),
                            models.Q(
                                ("category__isnull", False),
                                ("customer__isnull", True),
                                ("grant__isnull", True),
                                ("kind", "statistics"),
                                ("purpose__isnull", False),
                                ("staff__isnull", False),
                            ),
                            models.Q(
                                ("category__isnull", False),
                                ("customer__isnull", False),
                                ("grant__isnull", True),
                                ("kind", "correction"),
                                ("purpose__isnull", True),
                                ("staff__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="disclosures_opening_says_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("field", ""), _negated=True),
                                ("kind", "correction"),
                                ("request__isnull", False),
                            ),
                            models.Q(
                                models.Q(("kind", "correction"), _negated=True),
                                ("field", ""),
                                ("request__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="disclosures_opening_of_one_field",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LookReport",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("concern", models.CharField(max_length=12)),
                ("sealed_words", models.BinaryField(null=True)),
                ("reported_at", models.DateTimeField(db_default=DatabaseNow())),
                ("due_at", models.DateTimeField()),
                ("sealed_answer", models.BinaryField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("finding", models.CharField(blank=True, max_length=12)),
                ("sealed_finding", models.BinaryField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(editable=False, on_delete=models.PROTECT, related_name="+", to="people.customer"),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opening",
                    models.OneToOneField(on_delete=models.PROTECT, related_name="report", to="disclosures.opening"),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "report of a look",
                "verbose_name_plural": "reports of looks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("decided_at__isnull", True)),
                        fields=["due_at"],
                        name="disclosures_report_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("concern__in", ["unexpected", "too_much", "known", "other"])),
                        name="disclosures_report_known_concern",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gt", models.F("reported_at"))), name="disclosures_report_due_later"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at__isnull", True), ("sealed_answer__isnull", True)),
                            models.Q(("answered_at__isnull", False), ("sealed_answer__isnull", False)),
                            _connector="OR",
                        ),
                        name="disclosures_report_answer_and_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("finding", ""),
                                ("sealed_finding__isnull", True),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("finding__in", ["in_order", "not_in_order"]),
                                ("sealed_finding__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="disclosures_report_decided_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LookNews",
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
                ("how_often", models.CharField(db_default="daily", default="daily", max_length=10)),
                ("due_at", models.DateTimeField(null=True)),
                ("digest_at", models.DateTimeField(null=True)),
                ("allowed_until", models.BigIntegerField(db_default=0, default=0)),
                ("exempted_until", models.BigIntegerField(db_default=0, default=0)),
                ("refused_until", models.BigIntegerField(db_default=0, default=0)),
                ("refused_told_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["due_at"],
                        name="disclosures_looknews_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("how_often__in", ["each", "daily", "weekly", "never"])),
                        name="disclosures_looknews_known",
                    )
                ],
            },
        ),
    ]
