import uuid

from django.conf import settings
from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_rules"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FailingAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address_hash", models.BinaryField(max_length=32, unique=True)),
                ("how", models.CharField(max_length=10)),
                ("status", models.CharField(blank=True, max_length=12)),
                ("since", models.DateTimeField(db_default=DatabaseNow())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("how__in", ["refused", "bounced"])),
                        name="notifications_failingaddress_known_how",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Preference",
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
                ("digests", models.CharField(max_length=10)),
                ("since", models.DateTimeField(db_default=DatabaseNow())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("digests__in", ["weekly", "never"])), name="notifications_preference_known"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="StaffPreference",
            fields=[
                (
                    "member",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="people.staffmember",
                    ),
                ),
                ("told", models.CharField(max_length=10)),
                ("since", models.DateTimeField(db_default=DatabaseNow())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("told__in", ["daily", "each"])), name="notifications_staffpreference_known"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=60)),
                ("context", models.JSONField(default=dict)),
                ("sealed", models.BinaryField(null=True)),
                ("key", models.CharField(max_length=120)),
                ("queued_at", models.DateTimeField(db_default=DatabaseNow(), verbose_name="queued")),
                ("sent_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("error", models.CharField(blank=True, max_length=60)),
                ("address_hash", models.BinaryField(max_length=32, null=True)),
                (
                    "customer",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="people.customer"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "undelivered email",
                "verbose_name_plural": "undelivered emails",
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "sent"), _negated=True),
                        fields=["queued_at"],
                        name="notifications_message_unsent",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="notifications_message_one_per_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("customer__isnull", True), ("sealed__isnull", True), ("user__isnull", False)),
                            models.Q(("customer__isnull", False), ("sealed__isnull", True), ("user__isnull", True)),
                            models.Q(("customer__isnull", True), ("user__isnull", True)),
                            _connector="OR",
                        ),
                        name="notifications_message_one_recipient",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("sent_at__isnull", True)),
                            models.Q(
                                (
                                    "outcome__in",
                                    [
                                        "address refused",
                                        "bounced",
                                        "code expired",
                                        "mail rejected",
                                        "no address",
                                        "not sent again",
                                        "sent",
                                        "stopped",
                                    ],
                                ),
                                ("sent_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="notifications_message_done_or_not",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("context"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $ ? (@.type() != \"object\")', '{}', true), false)",
                        ),
                        name="notifications_message_context",
                    ),
                ],
            },
        ),
    ]
