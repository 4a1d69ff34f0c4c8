import uuid

from django.conf import settings
from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_rules"),
        ("catalogue", "0001_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Fingerprint",
            fields=[
                ("record", models.UUIDField(primary_key=True, serialize=False)),
                ("content", models.BinaryField(max_length=32)),
                ("digest", models.BinaryField(max_length=32, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PartErasure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("request", models.UUIDField()),
                ("deleted", models.JSONField()),
                ("kept", models.JSONField()),
                ("law", models.CharField(blank=True, max_length=120)),
                ("proposed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("done_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("original", models.BinaryField(max_length=32, null=True)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="part_erasures", to="people.customer"),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("deleted", []), _negated=True), name="vault_parterasure_deletes_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kept", []), ("law", "")),
                            models.Q(
                                models.Q(("kept", []), _negated=True),
                                (
                                    "law__regex",
                                    "^(?=.*[0-9])(((UK|EU|GDPR|DPA|CCPA|CPRA|BDSG|AO|HGB|BGB|LOPDGDD|TDDDG|Civ|Cal|CCR|Code|Data Protection Act|Directive|Regulation|Act|Art|Arts|Article|Articles|Abs|Nr|Rec|Recital|Sched|Schedule|Sec|Section|para|lit|No|and|to)\\.?|§{1,2}|[0-9]+[a-z]?([./-][0-9]+)*)(\\([0-9A-Za-z]{1,4}\\))*)([ ,;]+(((UK|EU|GDPR|DPA|CCPA|CPRA|BDSG|AO|HGB|BGB|LOPDGDD|TDDDG|Civ|Cal|CCR|Code|Data Protection Act|Directive|Regulation|Act|Art|Arts|Article|Articles|Abs|Nr|Rec|Recital|Sched|Schedule|Sec|Section|para|lit|No|and|to)\\.?|§{1,2}|[0-9]+[a-z]?([./-][0-9]+)*)(\\([0-9A-Za-z]{1,4}\\))*))*$",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="vault_parterasure_keeps_by_law",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("original__isnull", True), ("proposed_by__isnull", False)),
                            models.Q(("done_at__isnull", False), ("original__isnull", False)),
                            _connector="OR",
                        ),
                        name="vault_parterasure_is_proposed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by__isnull", True),
                            models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="vault_parterasure_two_officers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_by__isnull", True), ("done_at__isnull", True)),
                            models.Q(
                                ("confirmed_by__isnull", False), ("done_at__isnull", False), ("original__isnull", True)
                            ),
                            models.Q(
                                ("confirmed_by__isnull", True), ("done_at__isnull", False), ("original__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="vault_parterasure_confirmed_and_done",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                            models.Q(("cancelled_at__isnull", False), ("done_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="vault_parterasure_cancelled_or_done",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("cancelled_at__isnull", True)),
                        fields=("request",),
                        name="vault_parterasure_one_per_request",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Record",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("position", models.IntegerField(default=0)),
                ("sealed", models.JSONField()),
                ("stored_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="catalogue.category"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["customer", "category", "position"], name="vault_record_of_customer")]
            },
        ),
    ]
