import uuid

from django.conf import settings
from django.db import migrations, models

import consents.exemptions.rules
from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExemptedCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="catalogue.category"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, editable=False, on_delete=models.PROTECT, related_name="+", to="people.customer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Exemption",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("asked_name", models.CharField(max_length=60)),
                ("asked_team", models.CharField(max_length=60)),
                ("kind", models.CharField(max_length=10, verbose_name="ground")),
                ("sentence", models.CharField(max_length=200)),
                ("case_number", models.CharField(blank=True, max_length=40)),
                ("duration", models.DurationField()),
                ("why_unasked", models.CharField(blank=True, max_length=10)),
                ("unasked_words", models.CharField(blank=True, max_length=200)),
                ("statute", models.CharField(blank=True, max_length=200)),
                ("order_number", models.CharField(blank=True, max_length=60)),
                ("ordered_on", models.DateField(null=True)),
                ("authority", models.CharField(blank=True, max_length=120)),
                ("is_foreign", models.BooleanField(default=False)),
                ("treaty", models.CharField(blank=True, max_length=200)),
                ("scope_asked", models.CharField(blank=True, max_length=400)),
                ("necessity", models.CharField(blank=True, max_length=400)),
                ("threat", models.CharField(blank=True, max_length=400)),
                ("no_other_way", models.CharField(blank=True, max_length=400)),
                ("check_by", models.DateTimeField(null=True)),
                ("digest", models.CharField(max_length=64)),
                ("token", models.UUIDField()),
                ("filed_at", models.DateTimeField(verbose_name="filed")),
                (
                    "state",
                    models.CharField(
                        default=consents.exemptions.rules.ExemptionState["FILED"], max_length=10, verbose_name="state"
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_words", models.CharField(blank=True, max_length=200)),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "access_request",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="access.accessrequest"
                    ),
                ),
                (
                    "categories",
                    models.ManyToManyField(
                        related_name="+", through="exemptions.ExemptedCategory", to="catalogue.category"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="people.customer"),
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
                    "purpose",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="catalogue.purpose"
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="catalogue.purposeversion"
                    ),
                ),
            ],
            options={
                "verbose_name": "exemption",
                "verbose_name_plural": "exemptions",
                "indexes": [
                    models.Index(fields=["customer", "-filed_at"], name="exemptions_of_customer"),
                    models.Index(fields=["staff", "-filed_at"], name="exemptions_of_staff"),
                    models.Index(fields=["filed_at"], name="exemptions_by_time"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("staff", "token"), name="exemptions_exemption_filed_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("check_by__isnull", True),
                                ("kind", "legal_duty"),
                                ("ordered_on__isnull", False),
                                ("threat", ""),
                                models.Q(("statute", ""), _negated=True),
                                models.Q(("order_number", ""), _negated=True),
                                models.Q(("authority", ""), _negated=True),
                                models.Q(("scope_asked", ""), _negated=True),
                                models.Q(("necessity", ""), _negated=True),
                            ),
                            models.Q(
                                ("is_foreign", False),
                                ("kind", "safety"),
                                ("order_number", ""),
                                ("statute", ""),
                                models.Q(("threat", ""), _negated=True),
                                models.Q(("no_other_way", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="exemptions_exemption_whole_ground",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_foreign", False), models.Q(("treaty", ""), _negated=True), _connector="OR"
                        ),
                        name="exemptions_exemption_no_foreign_order_alone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("access_request__isnull", False), ("unasked_words", ""), ("why_unasked", "")),
                            models.Q(
                                ("access_request__isnull", True),
                                ("why_unasked__in", ["danger", "forbidden"]),
                                models.Q(("unasked_words", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="exemptions_exemption_asked_or_why_not",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sentence", ""), _negated=True), name="exemptions_exemption_says_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("staff")), _negated=True),
                            _connector="OR",
                        ),
                        name="exemptions_exemption_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ["granted", "refused"]),
                            ),
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("state__in", ["filed", "opened"]),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", True),
                                ("state__in", ["unchecked", "cancelled"]),
                            ),
                            _connector="OR",
                        ),
                        name="exemptions_exemption_decided_by_and_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("law", models.CharField(max_length=200)),
                ("authority", models.CharField(max_length=120)),
                ("reason", models.CharField(max_length=400)),
                ("until", models.DateTimeField()),
                ("decided_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, editable=False, on_delete=models.PROTECT, related_name="+", to="people.customer"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "exemption",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="delays", to="exemptions.exemption"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["customer"], name="exemptions_delay_of_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("law", ""), _negated=True),
                            models.Q(("authority", ""), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                        ),
                        name="exemptions_delay_says_why",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="exemptedcategory",
            name="exemption",
            field=models.ForeignKey(on_delete=models.PROTECT, related_name="exempted", to="exemptions.exemption"),
        ),
        migrations.AddConstraint(
            model_name="exemptedcategory",
            constraint=models.UniqueConstraint(fields=("exemption", "category"), name="exemptions_category_once"),
        ),
    ]
