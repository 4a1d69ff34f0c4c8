import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import consents.core.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_clock_and_refuse_change")]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "email",
                    models.EmailField(max_length=254, unique=True, verbose_name="email address"),
                ),
                (
                    "first_name",
                    models.CharField(blank=True, max_length=60, verbose_name="first name"),
                ),
                (
                    "last_name",
                    models.CharField(blank=True, max_length=60, verbose_name="last name"),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "date_joined",
                    models.DateTimeField(db_default=consents.core.clock.DatabaseNow(), editable=False),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("reference", models.CharField(max_length=60, null=True, unique=True)),
                ("address_hash", models.BinaryField(max_length=32, null=True)),
                ("sealed_address", models.BinaryField(null=True)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("region", models.CharField(blank=True, max_length=60)),
                ("language", models.CharField(default="en", max_length=10)),
                ("born_on", models.DateField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=consents.core.clock.DatabaseNow()),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("user", models.UUIDField(null=True)),
                ("network", models.CharField(blank=True, max_length=45)),
                ("browser", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(blank=True, max_length=20)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=consents.core.clock.DatabaseNow()),
                ),
            ],
            options={
                "verbose_name_plural": "evidence",
            },
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="staff_member",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("requester", "requester"),
                            ("privacy_officer", "privacy officer"),
                            ("compliance_officer", "compliance officer"),
                        ],
                        max_length=20,
                    ),
                ),
                ("team", models.CharField(max_length=60)),
                ("number", models.CharField(blank=True, max_length=20)),
                (
                    "started_at",
                    models.DateTimeField(db_default=consents.core.clock.DatabaseNow()),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Acting",
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
                (
                    "capacity",
                    models.CharField(
                        choices=[
                            ("self", "the customer"),
                            ("guardian", "guardian"),
                            ("agent", "authorized agent"),
                        ],
                        default="self",
                        max_length=10,
                    ),
                ),
                (
                    "starts_at",
                    models.DateTimeField(db_default=consents.core.clock.DatabaseNow()),
                ),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClaimCode",
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
                ("code_hash", models.BinaryField(max_length=32, unique=True)),
                (
                    "capacity",
                    models.CharField(
                        choices=[
                            ("self", "the customer"),
                            ("guardian", "guardian"),
                            ("agent", "authorized agent"),
                        ],
                        default="self",
                        max_length=10,
                    ),
                ),
                (
                    "made_at",
                    models.DateTimeField(db_default=consents.core.clock.DatabaseNow()),
                ),
                ("ends_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CustomerKey",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="key",
                        serialize=False,
                        to="people.customer",
                    ),
                ),
                ("kid", models.CharField(max_length=20)),
                ("wrapped", models.BinaryField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="claimcode",
            constraint=models.CheckConstraint(
                condition=models.Q(("capacity__in", ["self", "guardian"])),
                name="people_claimcode_known_capacity",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["address_hash"], name="people_customer_by_address"),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("address_hash__isnull", True), ("sealed_address__isnull", True)),
                    models.Q(
                        ("address_hash__isnull", False),
                        ("sealed_address__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="people_customer_address_both_or_neither",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                name="people_customer_reference_not_empty",
            ),
        ),
        migrations.AddField(
            model_name="claimcode",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="claim_codes",
                to="people.customer",
            ),
        ),
        migrations.AddField(
            model_name="acting",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="actings",
                to="people.customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffmember",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["requester", "privacy_officer", "compliance_officer"])),
                name="people_staffmember_known_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="acting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("capacity", "self"), ("ends_at__isnull", True)),
                fields=("customer",),
                name="people_acting_one_self_per_customer",
            ),
        ),
        migrations.AddConstraint(
            model_name="acting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_at__isnull", True)),
                fields=("user", "customer"),
                name="people_acting_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="acting",
            constraint=models.CheckConstraint(
                condition=models.Q(("capacity__in", ["self", "guardian", "agent"])),
                name="people_acting_known_capacity",
            ),
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField()),
                ("content", models.BinaryField(max_length=32)),
                ("made", models.CharField(blank=True, max_length=64)),
                ("sent_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["sent_at"], name="people_submission_by_time")],
                "constraints": [models.UniqueConstraint(fields=("user", "token"), name="people_submission_once")],
            },
        ),
    ]
