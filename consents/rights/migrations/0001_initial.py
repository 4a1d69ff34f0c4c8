import datetime
import uuid

import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [("catalogue", "0002_rules"), ("people", "0002_rules"), ("people", "__first__")]

    operations = [
        migrations.CreateModel(
            name="RightsRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=12, unique=True, verbose_name="number")),
                ("token", models.UUIDField(null=True, unique=True)),
                ("regime", models.CharField(max_length=10)),
                ("jurisdiction", models.CharField(max_length=6)),
                ("request_type", models.CharField(max_length=20)),
                ("scope", models.JSONField(default=list)),
                ("scope_from", models.DateField(null=True)),
                ("scope_until", models.DateField(null=True)),
                ("channel", models.CharField(max_length=12)),
                ("submitted_by", models.CharField(max_length=20)),
                ("agent_proof", models.CharField(blank=True, max_length=80)),
                ("received_at", models.DateTimeField()),
                ("filed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("identity_needed", models.CharField(max_length=16)),
                ("clocks", models.JSONField()),
                ("acknowledge_by", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                ("due_rule", models.CharField(max_length=40)),
                ("due_unit", models.CharField(max_length=12)),
                ("calendar_id", models.CharField(max_length=12)),
                ("target_on", models.DateField()),
                ("state", models.CharField(default="received", max_length=12)),
                ("answer_by", models.DateTimeField()),
                ("waiting_since", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="rights_requests", to="people.customer"
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="followed_by", to="rights.rightsrequest"
                    ),
                ),
                (
                    "handler",
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
                "verbose_name": "privacy request",
                "verbose_name_plural": "privacy requests",
                "indexes": [
                    models.Index(fields=["customer", "-received_at"], name="rights_request_of_customer"),
                    models.Index(fields=["received_at", "id"], name="rights_request_by_time"),
                    models.Index(
                        condition=models.Q(("state", "answered"), _negated=True),
                        fields=["answer_by"],
                        include=("waiting_since",),
                        name="rights_request_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("regime__in", ["gdpr", "uk_gdpr", "ccpa"])),
                        name="rights_request_known_regime",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "request_type__in",
                                [
                                    "A15",
                                    "A16",
                                    "A17",
                                    "A18",
                                    "A19",
                                    "A20",
                                    "A21",
                                    "A22",
                                    "A7-3",
                                    "access:categories",
                                    "access:specific",
                                    "deletion",
                                    "correction",
                                    "sale:opt_out",
                                    "sale:opt_in",
                                    "limit",
                                    "admt:access",
                                    "admt:opt_out",
                                    "admt:appeal",
                                ],
                            )
                        ),
                        name="rights_request_known_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("jurisdiction__regex", "^[A-Z]{2}(-[A-Z0-9]{1,3})?$")),
                        name="rights_request_jurisdiction_is_iso_3166",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("received_at__gte", datetime.datetime(2018, 5, 24, 10, 0, tzinfo=datetime.UTC)),
                                ("regime", "gdpr"),
                            ),
                            models.Q(
                                ("received_at__gte", datetime.datetime(2018, 5, 24, 10, 0, tzinfo=datetime.UTC)),
                                ("regime", "uk_gdpr"),
                            ),
                            models.Q(
                                ("received_at__gte", datetime.datetime(2019, 12, 31, 10, 0, tzinfo=datetime.UTC)),
                                ("regime", "ccpa"),
                            ),
                            _connector="OR",
                        ),
                        name="rights_request_under_its_law",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "channel__in",
                                [
                                    "portal",
                                    "webform",
                                    "email",
                                    "phone",
                                    "post",
                                    "in_person",
                                    "agent",
                                    "gpc_signal",
                                    "drop",
                                ],
                            )
                        ),
                        name="rights_request_known_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("request_type", "sale:opt_in"), _negated=True),
                            ("channel", "portal"),
                            _connector="OR",
                        ),
                        name="rights_request_a_sale_is_allowed_here",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("submitted_by", "self"),
                            models.Q(
                                ("submitted_by__in", ["authorized_agent", "guardian", "parent", "power_of_attorney"]),
                                models.Q(("agent_proof", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="rights_request_others_prove_their_part",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("scope_from__isnull", True),
                            ("scope_until__isnull", True),
                            ("scope_from__lte", models.F("scope_until")),
                            _connector="OR",
                        ),
                        name="rights_request_scope_not_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("identity_needed__in", ["not_required", "reasonable", "reasonably_high"])),
                        name="rights_request_known_level",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_unit__in", ["month", "calendar_day", "business_day"])),
                        name="rights_request_unit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gt", models.F("received_at"))), name="rights_request_due_later"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["received", "acknowledged", "in_progress", "answered"])),
                        name="rights_request_known_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("scope"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $[*] ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="rights_request_scope",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("clocks"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.*.on ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="rights_request_clocks",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clarification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("about", models.CharField(max_length=10)),
                ("language", models.CharField(max_length=10)),
                ("asked_at", models.DateTimeField(db_default=DatabaseNow())),
                ("code_hash", models.BinaryField(max_length=32, null=True, unique=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="%(class)s_set", to="rights.rightsrequest"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("about__in", ["identity", "scope", "other"])),
                        name="rights_clarification_known_subject",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("waiting_for", models.CharField(max_length=10)),
                ("began_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="%(class)s_set", to="rights.rightsrequest"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("waiting_for__in", ["identity", "scope"])),
                        name="rights_pause_waits_for_something",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Register",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        db_column="id",
                        on_delete=models.DO_NOTHING,
                        primary_key=True,
                        related_name="register",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("verification_level", models.CharField(max_length=16)),
                ("verification_requested_at", models.DateTimeField(null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("clocks", models.JSONField()),
                ("due_at", models.DateTimeField()),
                ("target_on", models.DateField()),
                ("extended_to", models.DateTimeField(null=True)),
                ("extension_reason", models.CharField(max_length=12)),
                ("waiting_for", models.CharField(max_length=10)),
                ("waited_days", models.PositiveSmallIntegerField()),
                ("responded_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(max_length=24)),
                ("response_format", models.CharField(max_length=16)),
                ("denial_reason", models.CharField(max_length=24)),
                ("denial_legal_basis", models.CharField(max_length=120)),
                ("granted", models.JSONField()),
                ("fee_amount", models.DecimalField(decimal_places=2, max_digits=10)),
                ("fee_currency", models.CharField(max_length=3)),
                ("fee_reason", models.CharField(max_length=24)),
                ("retain_until", models.DateField(null=True)),
                ("appeal_at", models.DateTimeField(null=True)),
                ("appeal_due_at", models.DateTimeField(null=True)),
                ("appeal_outcome", models.CharField(max_length=10)),
                ("appeal_decided_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "rights_register", "managed": False},
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("assigned_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="%(class)s_set", to="rights.rightsrequest"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="ClarificationReply",
            fields=[
                (
                    "clarification",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="reply",
                        serialize=False,
                        to="rights.clarification",
                    ),
                ),
                ("way", models.CharField(max_length=8)),
                ("replied_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="rights.rightsrequest"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("way__in", ["account", "code", "noted"])),
                        name="rights_clarificationreply_known_way",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField()),
                ("field", models.CharField(max_length=60)),
                ("is_accepted", models.BooleanField()),
                ("why_not", models.CharField(blank=True, max_length=12)),
                ("decided_at", models.DateTimeField(db_default=DatabaseNow())),
                ("category", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="catalogue.category")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="%(class)s_set", to="rights.rightsrequest"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("rights_request", "place"), name="rights_correction_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_accepted", True), ("why_not", "")),
                            models.Q(
                                ("is_accepted", False),
                                ("why_not__in", ["accurate", "not_shown", "not_ours", "no_entry"]),
                            ),
                            _connector="OR",
                        ),
                        name="rights_correction_refused_with_reason",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("query", models.JSONField(default=dict)),
                ("is_first", models.BooleanField(default=False)),
                ("owner", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.staffmember")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "name"), name="rights_savedview_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_first", True)), fields=("owner",), name="rights_savedview_one_first"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="rights_savedview_has_a_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("query"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.* ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="rights_savedview_query",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("act", models.CharField(max_length=24)),
                ("is_theirs", models.BooleanField()),
                ("sealed", models.BinaryField()),
                ("saved_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                ("officer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.staffmember")),
                (
                    "rights_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="drafts", to="rights.rightsrequest"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("rights_request", "officer", "act"), name="rights_draft_once"),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("sealed"), 40000
                        ),
                        name="rights_draft_bounded",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="IdentityCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.CharField(max_length=16)),
                ("checked_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="%(class)s_set", to="rights.rightsrequest"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("level", "failed"), _negated=True),
                        fields=("rights_request",),
                        name="rights_identitycheck_succeeds_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__in", ["failed", "session_reauth", "reasonable", "reasonably_high"])
                        ),
                        name="rights_identitycheck_known_level",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="PauseEnd",
            fields=[
                (
                    "pause",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="end",
                        serialize=False,
                        to="rights.pause",
                    ),
                ),
                ("ended_at", models.DateTimeField(db_default=DatabaseNow())),
                ("waited_days", models.PositiveSmallIntegerField()),
                ("due_at", models.DateTimeField()),
                ("extended_to", models.DateTimeField(null=True)),
                ("target_on", models.DateField()),
                ("clocks", models.JSONField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="rights.rightsrequest"),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("clocks"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.*.on ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="rights_pauseend_clocks",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.SlugField(
                        help_text="A short name that officers choose it by.",
                        max_length=40,
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                ("about", models.CharField(max_length=10, verbose_name="what it is about")),
                ("texts", models.JSONField(default=dict)),
                ("is_offered", models.BooleanField(default=True, verbose_name="offered to officers")),
            ],
            options={
                "verbose_name": "ready-made question",
                "verbose_name_plural": "ready-made questions",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("about__in", ["identity", "scope", "other"])),
                        name="rights_questiontemplate_known_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("texts"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.* ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="rights_questiontemplate_texts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecipientNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("why_not", models.CharField(blank=True, max_length=20)),
                ("told_on", models.DateField(null=True)),
                ("way", models.CharField(blank=True, db_default="", default="", max_length=8)),
                ("told_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                ("recipient", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="catalogue.recipient")),
                (
                    "rights_request",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="%(class)s_set", to="rights.rightsrequest"
                    ),
                ),
                (
                    "told_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("rights_request", "recipient"), name="rights_recipientnotice_once"),
                    models.CheckConstraint(
                        condition=models.Q(("why_not__in", ["", "impossible", "disproportionate"])),
                        name="rights_recipientnotice_known_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("told_on__isnull", False),
                                ("way__in", ["letter", "email", "phone", "system"]),
                                ("why_not", ""),
                            ),
                            models.Q(models.Q(("why_not", ""), _negated=True), ("told_on", None), ("way", "")),
                            _connector="OR",
                        ),
                        name="rights_recipientnotice_says_when_and_how",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Search",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("system", models.CharField(max_length=60)),
                ("found", models.BooleanField()),
                ("searched_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="%(class)s_set", to="rights.rightsrequest"
                    ),
                ),
                (
                    "searched_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("system", ""), _negated=True), name="rights_search_names_the_system"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="%(class)s_set", to="rights.rightsrequest"
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("written_at", models.DateTimeField(db_default=DatabaseNow())),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="mentions", to="rights.rightsrequest"),
                ),
                (
                    "note",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="mentions", to="rights.note"
                    ),
                ),
                (
                    "colleague",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)), fields=["colleague"], name="rights_mention_waits"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("note", "colleague"), name="rights_mention_once")],
            },
        ),
        migrations.CreateModel(
            name="Redaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="redactions", to="rights.rightsrequest"),
                ),
                (
                    "note",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="redactions", to="rights.note"
                    ),
                ),
                ("sealed", models.BinaryField()),
                (
                    "proposed_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("proposed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("is_agreed", models.BooleanField(null=True)),
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
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at__isnull", True)),
                        fields=("note",),
                        name="rights_redaction_one_waits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True), ("decided_by__isnull", True), ("is_agreed__isnull", True)
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("is_agreed__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="rights_redaction_decided_whole",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("is_theirs", models.BooleanField()),
                ("sealed", models.BinaryField()),
                (
                    "clarification",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="words", to="rights.clarification"
                    ),
                ),
                (
                    "note",
                    models.OneToOneField(null=True, on_delete=models.PROTECT, related_name="words", to="rights.note"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "rights_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="statements", to="rights.rightsrequest"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("clarification__isnull", True), ("note__isnull", True)),
                        fields=("rights_request", "kind"),
                        name="rights_statement_once",
                    ),
                    models.UniqueConstraint(fields=("clarification", "kind"), name="rights_statement_once_in_thread"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("clarification__isnull", True),
                                ("kind__in", ["asked", "answered", "appealed", "decided"]),
                                ("note__isnull", True),
                            ),
                            models.Q(
                                ("clarification__isnull", False),
                                ("kind__in", ["question", "reply"]),
                                ("note__isnull", True),
                            ),
                            models.Q(("clarification__isnull", True), ("kind", "note"), ("note__isnull", False)),
                            _connector="OR",
                        ),
                        name="rights_statement_known_kind",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("responded_at", models.DateTimeField(db_default=DatabaseNow())),
                ("outcome", models.CharField(max_length=24)),
                ("response_format", models.CharField(blank=True, db_default="", default="", max_length=16)),
                ("denial_reason", models.CharField(blank=True, db_default="", default="", max_length=24)),
                ("denial_metric_group", models.CharField(blank=True, db_default="", default="", max_length=20)),
                ("denial_legal_basis", models.CharField(blank=True, db_default="", default="", max_length=120)),
                ("remedies_told", models.BooleanField(db_default=False, default=False)),
                ("granted", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                ("fee_amount", models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=10)),
                ("fee_currency", models.CharField(blank=True, db_default="", default="", max_length=3)),
                ("fee_reason", models.CharField(blank=True, db_default="", default="", max_length=24)),
                ("retain_until", models.DateField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["retain_until"], name="rights_answer_kept")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("outcome__in", ["complied_whole", "complied_part", "no_data_held", "denied"]),
                                ("response_format__in", ["portal_download", "email", "post", "oral"]),
                            ),
                            models.Q(("outcome", "withdrawn_by_requester"), ("response_format", "")),
                            _connector="OR",
                        ),
                        name="rights_answer_has_a_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "denial_reason__in",
                                    [
                                        "insuf_verification",
                                        "no_match",
                                        "suspected_fraud",
                                        "claim_not_covered",
                                        "outside_jurisdiction",
                                        "too_many_requests",
                                        "manifestly_unfounded",
                                        "excessive",
                                        "rights_of_others",
                                        "legal_restriction",
                                        "other",
                                    ],
                                ),
                                ("outcome__in", ["denied", "complied_part"]),
                                (
                                    "denial_metric_group__in",
                                    ["not_verifiable", "not_a_consumer", "exempt_information", "other"],
                                ),
                                ("remedies_told", True),
                                models.Q(("denial_legal_basis", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("outcome__in", ["denied", "complied_part"]), _negated=True),
                                ("denial_legal_basis", ""),
                                ("denial_metric_group", ""),
                                ("denial_reason", ""),
                                ("remedies_told", False),
                            ),
                            _connector="OR",
                        ),
                        name="rights_answer_refused_with_reason_law_and_remedies",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("denial_legal_basis", ""),
                            (
                                "denial_legal_basis__regex",
                                "^(?=.*[0-9])(((UK|EU|GDPR|DPA|CCPA|CPRA|BDSG|AO|HGB|BGB|LOPDGDD|TDDDG|Civ|Cal|CCR|Code|Data Protection Act|Directive|Regulation|Act|Art|Arts|Article|Articles|Abs|Nr|Rec|Recital|Sched|Schedule|Sec|Section|para|lit|No|and|to)\\.?|§{1,2}|[0-9]+[a-z]?([./-][0-9]+)*)(\\([0-9A-Za-z]{1,4}\\))*)([ ,;]+(((UK|EU|GDPR|DPA|CCPA|CPRA|BDSG|AO|HGB|BGB|LOPDGDD|TDDDG|Civ|Cal|CCR|Code|Data Protection Act|Directive|Regulation|Act|Art|Arts|Article|Articles|Abs|Nr|Rec|Recital|Sched|Schedule|Sec|Section|para|lit|No|and|to)\\.?|§{1,2}|[0-9]+[a-z]?([./-][0-9]+)*)(\\([0-9A-Za-z]{1,4}\\))*))*$",
                            ),
                            _connector="OR",
                        ),
                        name="rights_answer_law_is_a_provision",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("denial_reason", ""),
                            models.Q(
                                ("denial_metric_group", "not_verifiable"), ("denial_reason", "insuf_verification")
                            ),
                            models.Q(("denial_metric_group", "not_verifiable"), ("denial_reason", "no_match")),
                            models.Q(("denial_metric_group", "not_verifiable"), ("denial_reason", "suspected_fraud")),
                            models.Q(
                                ("denial_metric_group", "not_a_consumer"), ("denial_reason", "outside_jurisdiction")
                            ),
                            models.Q(
                                ("denial_metric_group", "exempt_information"), ("denial_reason", "claim_not_covered")
                            ),
                            models.Q(
                                ("denial_metric_group", "exempt_information"), ("denial_reason", "legal_restriction")
                            ),
                            models.Q(("denial_metric_group", "other"), ("denial_reason", "rights_of_others")),
                            models.Q(("denial_metric_group", "other"), ("denial_reason", "too_many_requests")),
                            models.Q(("denial_metric_group", "other"), ("denial_reason", "manifestly_unfounded")),
                            models.Q(("denial_metric_group", "other"), ("denial_reason", "excessive")),
                            models.Q(("denial_metric_group", "other"), ("denial_reason", "other")),
                            _connector="OR",
                        ),
                        name="rights_answer_reason_has_its_group",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("granted", []), ("outcome", "complied_part"), _connector="OR"),
                        name="rights_answer_grants_uses_in_part",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fee_amount", 0), ("fee_currency", "")),
                            models.Q(("fee_amount__gt", 0), ("fee_currency__regex", "^[A-Z]{3}$")),
                            _connector="OR",
                        ),
                        name="rights_answer_fee_has_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fee_amount", 0), ("fee_reason", "")),
                            models.Q(
                                ("fee_amount__gt", 0),
                                ("fee_reason__in", ("manifestly_unfounded", "excessive")),
                                ("outcome__in", ["complied_part", "complied_whole"]),
                            ),
                            _connector="OR",
                        ),
                        name="rights_answer_fee_has_its_ground",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("granted"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $[*] ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="rights_answer_granted_codes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerDispatch",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("sent_on", models.DateField()),
                ("noted_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("appealed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("clock", models.JSONField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["due_at"], name="rights_appeal_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("clock"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $ ? (@.type() != \"object\")', '{}', true), false)",
                        ),
                        name="rights_appeal_clock",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AppealDecision",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("outcome", models.CharField(max_length=10)),
                ("decided_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["upheld", "reversed"])),
                        name="rights_decision_known_outcome",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="ChosenEntry",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("entry", models.UUIDField()),
                ("chosen_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="DeadlineExtension",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("extended_to", models.DateTimeField()),
                ("reason", models.CharField(max_length=12)),
                ("notified_at", models.DateTimeField(db_default=DatabaseNow())),
                ("clock", models.JSONField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["complexity", "number"])),
                        name="rights_extension_known_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("clock"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $ ? (@.type() != \"object\")', '{}', true), false)",
                        ),
                        name="rights_extension_clock",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="LawChoice",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("regime", models.CharField(max_length=10)),
                ("jurisdiction", models.CharField(max_length=6)),
                ("request_type", models.CharField(max_length=20)),
                ("filed_regime", models.CharField(max_length=10)),
                ("filed_jurisdiction", models.CharField(max_length=6)),
                ("filed_type", models.CharField(max_length=20)),
                ("filed_due_at", models.DateTimeField()),
                ("extended_to", models.DateTimeField(null=True)),
                ("reason", models.CharField(max_length=10)),
                ("chosen_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "chosen_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["told", "document", "known"])),
                        name="rights_lawchoice_known_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("regime__in", ["gdpr", "uk_gdpr", "ccpa"])),
                        name="rights_lawchoice_known_regime",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "request_type__in",
                                [
                                    "A15",
                                    "A16",
                                    "A17",
                                    "A18",
                                    "A19",
                                    "A20",
                                    "A21",
                                    "A22",
                                    "A7-3",
                                    "access:categories",
                                    "access:specific",
                                    "deletion",
                                    "correction",
                                    "sale:opt_out",
                                    "sale:opt_in",
                                    "limit",
                                    "admt:access",
                                    "admt:opt_out",
                                    "admt:appeal",
                                ],
                            )
                        ),
                        name="rights_lawchoice_known_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("filed_regime__in", ["gdpr", "uk_gdpr", "ccpa"])),
                        name="rights_lawchoice_filed_regime",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "filed_type__in",
                                [
                                    "A15",
                                    "A16",
                                    "A17",
                                    "A18",
                                    "A19",
                                    "A20",
                                    "A21",
                                    "A22",
                                    "A7-3",
                                    "access:categories",
                                    "access:specific",
                                    "deletion",
                                    "correction",
                                    "sale:opt_out",
                                    "sale:opt_in",
                                    "limit",
                                    "admt:access",
                                    "admt:opt_out",
                                    "admt:appeal",
                                ],
                            )
                        ),
                        name="rights_lawchoice_filed_type",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="MissedDeadline",
            fields=[
                (
                    "rights_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="rights.rightsrequest",
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("noted_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={"abstract": False},
        ),
    ]
