import uuid

import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from consents.core.clock import DatabaseNow
from consents.core.sealing import HashIndex


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_rules")]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="email address")),
                ("first_name", models.CharField(blank=True, max_length=60, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=60, verbose_name="last name")),
                ("is_active", models.BooleanField(default=True)),
                ("date_joined", models.DateTimeField(db_default=DatabaseNow(), editable=False)),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
                ("new_email", models.EmailField(blank=True, db_default="", default="", max_length=254)),
                ("new_email_at", models.DateTimeField(null=True)),
                ("locked_at", models.DateTimeField(editable=False, null=True)),
                ("language", models.CharField(blank=True, db_default="", default="", max_length=10)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", True),
                            models.Q(("first_name", ""), ("is_active", False), ("last_name", ""), ("new_email", "")),
                            _connector="OR",
                        ),
                        name="people_user_closed_is_bare",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("new_email", ""), ("new_email_at__isnull", True)),
                            models.Q(models.Q(("new_email", ""), _negated=True), ("new_email_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="people_user_new_email_and_when",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reference", models.CharField(max_length=60, null=True)),
                ("address_hash", models.BinaryField(max_length=32, null=True)),
                ("sealed_address", models.BinaryField(null=True)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("region", models.CharField(blank=True, max_length=60)),
                ("language", models.CharField(default="en", max_length=10)),
                ("time_zone", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("born_on", models.DateField(null=True)),
                ("yes_of", models.CharField(db_default="all", default="all", max_length=3)),
                ("created_at", models.DateTimeField(db_default=DatabaseNow())),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [HashIndex(fields=["address_hash"], name="people_customer_by_address")],
                "constraints": [
                    models.UniqueConstraint(fields=("reference",), name="people_customer_one_per_reference"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("address_hash__isnull", True), ("sealed_address__isnull", True)),
                            models.Q(("address_hash__isnull", False), ("sealed_address__isnull", False)),
                            _connector="OR",
                        ),
                        name="people_customer_address_both_or_neither",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reference", ""), _negated=True), name="people_customer_reference_not_empty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("yes_of__in", ["all", "any"])), name="people_customer_known_yes_of"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("erased_at__isnull", True),
                            models.Q(
                                ("address_hash__isnull", True),
                                ("born_on__isnull", True),
                                ("country", ""),
                                ("language", ""),
                                ("reference__isnull", True),
                                ("region", ""),
                                ("time_zone", ""),
                                ("yes_of", "all"),
                            ),
                            _connector="OR",
                        ),
                        name="people_customer_unlinked_when_erased",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Acting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("capacity", models.CharField(default="self", max_length=10)),
                ("starts_at", models.DateTimeField(db_default=DatabaseNow())),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                ("sealed_name", models.BinaryField(null=True)),
                (
                    "user",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="actings", to=settings.AUTH_USER_MODEL),
                ),
                ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="actings", to="people.customer")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("capacity", "self"), ("ends_at__isnull", True)),
                        fields=("customer",),
                        name="people_acting_one_self_per_customer",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at__isnull", True)),
                        fields=("user", "customer"),
                        name="people_acting_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capacity__in", ["self", "holder", "guardian", "agent"])),
                        name="people_acting_known_capacity",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("capacity", "holder"), ("ends_at__isnull", True)),
                        fields=["customer"],
                        name="people_acting_shared",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClaimCode",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("capacity", models.CharField(default="self", max_length=10, verbose_name="capacity")),
                ("proposed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("approved_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("code_hash", models.BinaryField(max_length=32, null=True, unique=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "proposed_by",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "used_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="claim_codes", to="people.customer"),
                ),
            ],
            options={
                "verbose_name": "claim code",
                "verbose_name_plural": "claim codes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("capacity__in", ["self", "holder", "guardian"])),
                        name="people_claimcode_known_capacity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="people_claimcode_two_officers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved_at__isnull", True), ("approved_by__isnull", True), ("ends_at__isnull", True)
                            ),
                            models.Q(
                                ("approved_at__isnull", False),
                                ("approved_by__isnull", False),
                                ("ends_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="people_claimcode_approved_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("code_hash__isnull", True), ("approved_at__isnull", False), _connector="OR"
                        ),
                        name="people_claimcode_printed_once_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("used_at__isnull", True), ("used_by__isnull", True)),
                            models.Q(
                                ("code_hash__isnull", False), ("used_at__isnull", False), ("used_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="people_claimcode_used_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                            models.Q(
                                ("cancelled_at__isnull", False),
                                ("cancelled_by__isnull", False),
                                ("used_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="people_claimcode_cancelled_by_and_at",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("approved_at__isnull", True), ("cancelled_at__isnull", True)),
                        fields=("customer", "capacity"),
                        name="people_claimcode_one_proposal",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ErasedReference",
            fields=[("hash", models.BinaryField(max_length=32, primary_key=True, serialize=False))],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=20, verbose_name="reason")),
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
                    models.ForeignKey(on_delete=models.PROTECT, related_name="erasures", to="people.customer"),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reason__in", ["requested", "not_needed", "withdrawn", "unlawful", "legal_duty"])
                        ),
                        name="people_erasure_known_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("original__isnull", True), ("proposed_by__isnull", False)),
                            models.Q(("done_at__isnull", False), ("original__isnull", False)),
                            _connector="OR",
                        ),
                        name="people_erasure_is_proposed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by__isnull", True),
                            models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="people_erasure_two_officers",
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
                        name="people_erasure_confirmed_and_done",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                            models.Q(
                                ("cancelled_at__isnull", False),
                                ("cancelled_by__isnull", False),
                                ("done_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="people_erasure_cancelled_by_and_at",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("cancelled_at__isnull", True)),
                        fields=("customer",),
                        name="people_erasure_one_per_customer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("user", models.UUIDField(null=True)),
                ("network", models.CharField(blank=True, max_length=45)),
                ("browser", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(blank=True, max_length=20)),
                ("recorded_at", models.DateTimeField(db_default=DatabaseNow())),
            ],
            options={"verbose_name_plural": "evidence"},
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=20, verbose_name="reason")),
                ("document", models.CharField(max_length=60, verbose_name="document")),
                ("review_on", models.DateField(verbose_name="review on")),
                ("placed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("lifted_at", models.DateTimeField(null=True)),
                ("original", models.BinaryField(max_length=32, null=True)),
                (
                    "customer",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="legal_holds", to="people.customer"),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "legal hold",
                "verbose_name_plural": "legal holds",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("placed_by__isnull", False), ("original__isnull", False), _connector="OR"),
                        name="people_legalhold_placed_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["legal_claim", "court_order", "authority", "legal_duty"])),
                        name="people_legalhold_known_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("document", ""), _negated=True), name="people_legalhold_names_its_document"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at__isnull", True), ("lifted_by__isnull", True)),
                            models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="people_legalhold_lifted_by_and_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField()),
                ("content", models.BinaryField(max_length=32)),
                ("made", models.CharField(blank=True, max_length=64)),
                ("sent_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["sent_at"], name="people_submission_by_time")],
                "constraints": [models.UniqueConstraint(fields=("user", "token"), name="people_submission_once")],
            },
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="staff_member",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("role", models.CharField(max_length=20, verbose_name="role")),
                ("team", models.CharField(max_length=60, verbose_name="team")),
                (
                    "former_teams",
                    models.JSONField(db_default=models.Value([], models.JSONField()), default=list, editable=False),
                ),
                ("number", models.CharField(blank=True, max_length=20, verbose_name="number")),
                ("started_at", models.DateTimeField(db_default=DatabaseNow(), verbose_name="started")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "manager",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=models.PROTECT, related_name="reports", to="people.staffmember"
                    ),
                ),
            ],
            options={
                "verbose_name": "member of staff",
                "verbose_name_plural": "members of staff",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["requester", "privacy_officer", "compliance_officer"])),
                        name="people_staffmember_known_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("manager__isnull", True),
                            models.Q(("manager", models.F("user")), _negated=True),
                            _connector="OR",
                        ),
                        name="people_staffmember_not_own_manager",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("former_teams"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $[*] ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="people_staffmember_former_teams",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerKey",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
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
        migrations.CreateModel(
            name="DirectoryGroup",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=254)),
                ("external", models.CharField(blank=True, max_length=254)),
                ("told_at", models.DateTimeField(db_default=DatabaseNow())),
                ("changed_at", models.DateTimeField(db_default=DatabaseNow())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="people_directorygroup_named"
                    ),
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"), name="people_directorygroup_once"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="DirectoryPerson",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=254)),
                ("given_name", models.CharField(blank=True, max_length=254)),
                ("family_name", models.CharField(blank=True, max_length=254)),
                ("external", models.CharField(blank=True, max_length=254)),
                ("is_active", models.BooleanField(null=True)),
                ("place", models.JSONField(null=True)),
                ("told_at", models.DateTimeField(db_default=DatabaseNow())),
                ("changed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("groups", models.ManyToManyField(related_name="people", to="people.directorygroup")),
                (
                    "manager",
                    models.ForeignKey(
                        null=True, on_delete=models.SET_NULL, related_name="reports", to="people.directoryperson"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="directory_person",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="people_directoryperson_named"
                    ),
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"), name="people_directoryperson_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("place__isnull", True),
                            models.Func(
                                models.F("place"),
                                output_field=models.BooleanField(),
                                template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.* ? (@.type() != \"string\")', '{}', true), false)",
                            ),
                            _connector="OR",
                        ),
                        name="people_directoryperson_place",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="StaffProposal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("role", models.CharField(blank=True, max_length=20)),
                ("team", models.CharField(blank=True, max_length=60)),
                ("proposed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("approved_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="proposals", to="people.staffmember"),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "verbose_name": "change of rights",
                "verbose_name_plural": "changes of rights",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "role"),
                                ("role__in", ["privacy_officer", "compliance_officer"]),
                                models.Q(("team", ""), _negated=True),
                            ),
                            models.Q(("kind", "factors"), ("role", ""), ("team", "")),
                            _connector="OR",
                        ),
                        name="people_staffproposal_known_change",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("proposed_by", models.F("member")), _negated=True),
                            models.Q(
                                ("approved_by__isnull", True),
                                models.Q(("approved_by", models.F("member")), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="people_staffproposal_not_about_oneself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="people_staffproposal_two_officers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)),
                            models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="people_staffproposal_approved_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                            models.Q(
                                ("approved_at__isnull", True),
                                ("cancelled_at__isnull", False),
                                ("cancelled_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="people_staffproposal_cancelled_by_and_at",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("approved_at__isnull", True), ("cancelled_at__isnull", True)),
                        fields=("member", "kind"),
                        name="people_staffproposal_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JointAssent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("matter", models.CharField(max_length=14)),
                ("object", models.CharField(max_length=36)),
                ("given_at", models.DateTimeField(db_default=DatabaseNow())),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="people.customer"),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("customer", "matter", "object", "given_by"),
                        name="people_jointassent_one_of_each",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("matter__in", ["joint_consent", "rights_request"])),
                        name="people_jointassent_known_matter",
                    ),
                ]
            },
        ),
    ]
