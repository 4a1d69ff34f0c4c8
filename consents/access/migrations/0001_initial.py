import datetime
import uuid

from django.conf import settings
from django.db import migrations, models

import consents.access.rules
from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("core", "0001_rules"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("asked_name", models.CharField(max_length=60)),
                ("asked_team", models.CharField(max_length=60)),
                ("reason", models.CharField(max_length=20)),
                ("sentence", models.CharField(max_length=200)),
                ("sensitive_reason", models.CharField(blank=True, max_length=200)),
                ("case_number", models.CharField(blank=True, max_length=40)),
                ("duration", models.DurationField()),
                ("answer_by", models.DateTimeField()),
                ("extra_time", models.DurationField(db_default=datetime.timedelta(0), default=datetime.timedelta(0))),
                ("remind_at", models.DateTimeField(null=True)),
                ("filed_at", models.DateTimeField()),
                ("digest", models.CharField(max_length=64)),
                ("token", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        default=consents.access.rules.RequestState["PENDING"], max_length=20, verbose_name="state"
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("may_ask_again_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="access_requests", to="people.customer"),
                ),
                ("purpose", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="catalogue.purpose")),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="access_requests", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="catalogue.purposeversion"),
                ),
            ],
            options={
                "verbose_name": "access request",
                "verbose_name_plural": "access requests",
                "indexes": [
                    models.Index(fields=["customer", "-filed_at"], name="access_request_of_customer"),
                    models.Index(fields=["staff", "-filed_at"], name="access_request_of_staff"),
                    models.Index(
                        condition=models.Q(("state", "pending")), fields=["answer_by"], name="access_request_due"
                    ),
                    models.Index(fields=["filed_at"], name="access_request_by_time"),
                    models.Index(
                        condition=models.Q(("remind_at__isnull", False), ("state", "pending")),
                        fields=["remind_at"],
                        name="access_request_to_remind",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("staff", "token"), name="access_request_filed_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["pending", "approved", "partly_approved", "denied", "expired", "cancelled"])
                        ),
                        name="access_request_known_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "pending")),
                            models.Q(models.Q(("state", "pending"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="access_request_ended_when_not_pending",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("answer_by__gt", models.F("filed_at"))),
                        name="access_request_answer_by_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["you_contacted_us", "order_problem", "complaint", "fraud_check", "meeting", "other"],
                            )
                        ),
                        name="access_request_known_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sentence", ""), _negated=True), name="access_request_says_why"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestedCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="catalogue.category")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, editable=False, on_delete=models.PROTECT, related_name="+", to="people.customer"
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="requested", to="access.accessrequest"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("access_request", "category"), name="access_requested_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="CallerCode",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("code_hash", models.BinaryField(max_length=32)),
                ("sent_at", models.DateTimeField(db_default=DatabaseNow())),
                ("ends_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("proof", models.BinaryField(max_length=32, null=True)),
                ("proved_at", models.DateTimeField(null=True)),
                (
                    "access_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="caller_codes", to="access.accessrequest"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, editable=False, on_delete=models.PROTECT, related_name="+", to="people.customer"
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("tries__lte", 3)), name="access_callercode_few_tries"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("proof__isnull", True), ("proved_at__isnull", True)),
                            models.Q(
                                ("code_hash", models.Func(models.F("proof"), function="sha256")),
                                ("proof__isnull", False),
                                ("proved_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="access_callercode_proof_fits",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "access_request",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="answer",
                        serialize=False,
                        to="access.accessrequest",
                    ),
                ),
                ("decision", models.CharField(max_length=4)),
                ("capacity", models.CharField(max_length=10)),
                ("duration", models.DurationField()),
                ("shown_digest", models.CharField(max_length=64)),
                ("sealed_message", models.BinaryField(null=True)),
                (
                    "caller_code",
                    models.OneToOneField(
                        null=True, on_delete=models.PROTECT, related_name="answer", to="access.callercode"
                    ),
                ),
                ("token", models.UUIDField()),
                ("answered_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "answered_by",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, editable=False, on_delete=models.PROTECT, related_name="+", to="people.customer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("decision__in", ["all", "part", "none"])),
                        name="access_answer_known_decision",
                    )
                ],
                "indexes": [models.Index(fields=["answered_at"], name="access_answer_by_time")],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "ground",
                    models.CharField(
                        db_default="answer", default=consents.access.rules.Ground["ANSWER"], max_length=10
                    ),
                ),
                ("exemption", models.UUIDField(null=True)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("end", models.CharField(blank=True, max_length=10)),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="catalogue.category"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="people.customer"),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="catalogue.purpose"
                    ),
                ),
                (
                    "access_request",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="grants", to="access.accessrequest"
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["staff", "customer", "category", "purpose"], name="access_grant_covers"),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["customer", "ends_at"],
                        name="access_grant_live",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["ends_at"], name="access_grant_due"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("access_request", "category"), name="access_grant_one_per_category"
                    ),
                    models.UniqueConstraint(fields=("exemption", "category"), name="access_grant_one_per_exempted"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("access_request__isnull", False), ("exemption__isnull", True), ("ground", "answer")
                            ),
                            models.Q(
                                ("access_request__isnull", True),
                                ("exemption__isnull", False),
                                ("ground__in", ["legal_duty", "safety"]),
                            ),
                            _connector="OR",
                        ),
                        name="access_grant_one_ground",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="access_grant_not_empty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end", ""), ("ended_at__isnull", True)),
                            models.Q(
                                ("end__in", ["time", "stopped", "withdrawn", "company"]), ("ended_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="access_grant_end_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("team", models.CharField(blank=True, max_length=60)),
                ("placed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="blocks", to="people.customer"
                    ),
                ),
                (
                    "member",
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
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("customer", "kind", "member", "team"),
                        name="access_block_one_that_stands",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "member"), ("member__isnull", False), ("team", "")),
                            models.Q(("kind", "team"), ("member__isnull", True), models.Q(("team", ""), _negated=True)),
                            models.Q(("kind", "everybody"), ("member__isnull", True), ("team", "")),
                            _connector="OR",
                        ),
                        name="access_block_names_whom",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Assent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("categories", models.JSONField()),
                ("duration", models.DurationField()),
                ("shown_digest", models.CharField(max_length=64)),
                ("token", models.UUIDField()),
                ("given_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "access_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="assents", to="access.accessrequest"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, editable=False, on_delete=models.PROTECT, related_name="+", to="people.customer"
                    ),
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
                    models.UniqueConstraint(fields=("access_request", "given_by"), name="access_assent_one_of_each"),
                    models.CheckConstraint(
                        condition=models.Q(("categories", []), _negated=True), name="access_assent_to_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("categories"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $[*] ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="access_assent_codes",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Enquiry",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "access_request",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="enquiries", to="access.accessrequest"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, editable=False, on_delete=models.PROTECT, related_name="+", to="people.customer"
                    ),
                ),
                ("sealed_question", models.BinaryField()),
                (
                    "sent_by",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("sent_at", models.DateTimeField(db_default=DatabaseNow())),
                ("sealed_reply", models.BinaryField(null=True)),
                ("replied_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replied_at__isnull", True)),
                        fields=("access_request",),
                        name="access_enquiry_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("replied_at__isnull", True), ("sealed_reply__isnull", True)),
                            models.Q(("replied_at__isnull", False), ("sealed_reply__isnull", False)),
                            _connector="OR",
                        ),
                        name="access_enquiry_reply_and_when",
                    ),
                ]
            },
        ),
        migrations.AddField(
            model_name="accessrequest",
            name="categories",
            field=models.ManyToManyField(related_name="+", through="access.RequestedCategory", to="catalogue.category"),
        ),
        migrations.CreateModel(
            name="ProposedRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("categories", models.JSONField()),
                ("reason", models.CharField(max_length=20)),
                ("sealed_words", models.BinaryField()),
                ("duration", models.DurationField()),
                ("answer_within", models.DurationField()),
                ("token", models.UUIDField()),
                ("proposed_at", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "state",
                    models.CharField(
                        default=consents.access.rules.ProposalState["WAITING"],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("sealed_reason", models.BinaryField(null=True)),
                (
                    "access_request",
                    models.OneToOneField(
                        null=True, on_delete=models.PROTECT, related_name="proposed_request", to="access.accessrequest"
                    ),
                ),
                ("customer", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="people.customer")),
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
                ("staff", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "version",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="catalogue.purposeversion"),
                ),
            ],
            options={
                "verbose_name": "request for a manager",
                "verbose_name_plural": "requests for a manager",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["staff", "proposed_at"],
                        name="access_proposal_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("staff", "token"), name="access_proposal_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("staff", "customer", "version"),
                        name="access_proposal_one_waiting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["you_contacted_us", "order_problem", "complaint", "fraud_check", "meeting", "other"],
                            )
                        ),
                        name="access_proposal_known_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("categories", []), _negated=True), name="access_proposal_of_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("staff")), _negated=True),
                            _connector="OR",
                        ),
                        name="access_proposal_not_own_manager",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "waiting")),
                            models.Q(
                                ("access_request__isnull", False),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state", "agreed"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("sealed_reason__isnull", False),
                                ("state", "declined"),
                            ),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", True), ("state", "ended")),
                            _connector="OR",
                        ),
                        name="access_proposal_decided_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "agreed"), ("access_request__isnull", True), _connector="OR"),
                        name="access_proposal_filed_when_agreed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "declined"), ("sealed_reason__isnull", True), _connector="OR"),
                        name="access_proposal_reason_of_a_no",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("categories"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $[*] ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="access_proposal_codes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SentenceTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.SlugField(
                        help_text="A short name, the same in every version.", max_length=40, verbose_name="code"
                    ),
                ),
                ("number", models.PositiveIntegerField(editable=False, verbose_name="number")),
                ("reason", models.CharField(max_length=20, verbose_name="reason")),
                ("texts", models.JSONField(default=dict)),
                ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="published")),
                ("retired_at", models.DateTimeField(editable=False, null=True, verbose_name="retired")),
                (
                    "published_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "retired_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "ready-made sentence",
                "verbose_name_plural": "ready-made sentences",
                "ordering": ["code", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("code", "number"), name="access_sentencetemplate_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["you_contacted_us", "order_problem", "complaint", "fraud_check", "meeting", "other"],
                            )
                        ),
                        name="access_sentencetemplate_known_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("published_at__isnull", True), ("published_by__isnull", True)),
                            models.Q(("published_at__isnull", False), ("published_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="access_sentencetemplate_published_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("retired_at__isnull", True), ("retired_by__isnull", True)),
                            models.Q(
                                ("published_at__isnull", False),
                                ("retired_at__isnull", False),
                                ("retired_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="access_sentencetemplate_retired_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("texts"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.* ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="access_sentencetemplate_texts",
                    ),
                ],
            },
        ),
    ]
