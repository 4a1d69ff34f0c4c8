import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.access.rules import AnswerDecision, GrantEnd, Ground, ProposalState, RequestState, compute_state
from consents.access.rules.blocks import BlockKind
from consents.access.rules.telephone import MOST_TRIES
from consents.catalogue.models import Category, Purpose, PurposeVersion, get_in_active_language
from consents.core.append_only import AppendOnlyModel
from consents.core.canonical import is_list_of_texts, is_texts_by_name
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.core.row_checks import require_all_or_none, require_another
from consents.people.models import Customer, User


class Reason(models.TextChoices):
    """Why staff ask, as a customer reads it."""

    YOU_CONTACTED_US = "you_contacted_us", _("You contacted us")
    ORDER_PROBLEM = "order_problem", _("There is a problem with an order or a bill")
    COMPLAINT = "complaint", _("We are looking into a complaint")
    FRAUD_CHECK = "fraud_check", _("We are checking for fraud")
    MEETING = "meeting", _("We are preparing a meeting with you")
    OTHER = "other", _("Another reason, explained below")


class SentenceTemplate(models.Model):
    """A ready-made sentence for one reason, in versions: offered where staff ask, and theirs to change.

    `texts`: language → sentence. In force is the newest published version of a code that is not retired. What was sent
    stays as it was sent (`AccessRequest.sentence`).
    """

    code = models.SlugField(_("code"), max_length=40, help_text=_("A short name, the same in every version."))
    number = models.PositiveIntegerField(_("number"), editable=False)
    reason = CodedField(_("reason"), max_length=20, choices=Reason)
    texts = models.JSONField(default=dict)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    published_by = models.ForeignKey(User, null=True, editable=False, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)
    retired_by = models.ForeignKey(User, null=True, editable=False, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("ready-made sentence")
        verbose_name_plural = _("ready-made sentences")
        ordering = ["code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="access_sentencetemplate_number"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="access_sentencetemplate_known_reason"),
            require_all_or_none("published_at", "published_by", name="access_sentencetemplate_published_by_and_at"),
            require_all_or_none(
                "retired_at", "retired_by", published_at__isnull=False, name="access_sentencetemplate_retired_by_and_at"
            ),
            models.CheckConstraint(condition=is_texts_by_name("texts"), name="access_sentencetemplate_texts"),
        ]

    def __str__(self) -> str:
        names = {"code": self.code, "number": self.number}
        return gettext("Ready-made sentence “%(code)s”, version %(number)s") % names

    @property
    def text(self) -> str:
        """Return the sentence in the active language, or in the first that has one."""
        return get_in_active_language(self.texts) or ""


class AccessRequest(RandomIdModel):
    """A member of staff asks to see data of one customer. Once filed, only how it ends can change (by trigger).

    `asked_name` and `asked_team`: the requester's name and team when they asked. `extra_time`: by how much the
    customer's enquiries have moved `answer_by` since. `remind_at`: when the customer wants to be reminded. `state_now`
    and `running_until` are there only where `selectors.annotate_current_state` read the request.
    """

    state_now: str
    running_until: datetime | None

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="access_requests")
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="access_requests")
    asked_name = models.CharField(max_length=60)
    asked_team = models.CharField(max_length=60)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+")
    categories = models.ManyToManyField(Category, through="RequestedCategory", related_name="+")
    reason = CodedField(max_length=20, choices=Reason)
    sentence = models.CharField(max_length=200)
    sensitive_reason = models.CharField(max_length=200, blank=True)
    case_number = models.CharField(max_length=40, blank=True)
    duration = models.DurationField()
    answer_by = models.DateTimeField()
    extra_time = models.DurationField(default=timedelta(0), db_default=timedelta(0))
    remind_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    token = models.UUIDField()
    state = models.CharField(_("state"), max_length=20, default=RequestState.PENDING)
    ended_at = models.DateTimeField(null=True)
    may_ask_again_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("access request")
        verbose_name_plural = _("access requests")
        constraints = [
            models.UniqueConstraint(fields=["staff", "token"], name="access_request_filed_once"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in RequestState]), name="access_request_known_state"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", ended_at__isnull=True) | (~Q(state="pending") & Q(ended_at__isnull=False)),
                name="access_request_ended_when_not_pending",
            ),
            models.CheckConstraint(condition=Q(answer_by__gt=F("filed_at")), name="access_request_answer_by_later"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="access_request_known_reason"),
            models.CheckConstraint(condition=~Q(sentence=""), name="access_request_says_why"),
        ]
        indexes = [
            models.Index(fields=["customer", "-filed_at"], name="access_request_of_customer"),
            models.Index(fields=["staff", "-filed_at"], name="access_request_of_staff"),
            models.Index(fields=["answer_by"], condition=Q(state="pending"), name="access_request_due"),
            models.Index(
                fields=["remind_at"],
                condition=Q(state="pending", remind_at__isnull=False),
                name="access_request_to_remind",
            ),
            models.Index(fields=["filed_at"], name="access_request_by_time"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def asked_as(self) -> str:
        """Name the requester for the customer, in their language: "Sam from Billing Support"."""
        return _("%(name)s from %(team)s") % {"name": self.asked_name, "team": self.asked_team}

    @property
    def filed_answer_by(self) -> datetime:
        """Return the moment that was filed, which the digest covers."""
        return self.answer_by - self.extra_time

    def state_at(self, now: datetime) -> RequestState:
        return compute_state(RequestState(self.state), self.answer_by, now)


class RequestedCategory(AppendOnlyModel):
    """A data category that a request asks for. A trigger copies `customer` from the request."""

    access_request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="requested")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["access_request", "category"], name="access_requested_once")]


class ProposedRequest(RandomIdModel):
    """A request that waits for the yes of the requester's manager; the customer learns nothing of it before.

    `categories`: codes, sorted. `sealed_words`: what the customer would read; `sealed_reason`: why the manager said no;
    both sealed under the customer's key. A yes files `access_request` with exactly these terms. It is decided once, by
    whoever is the requester's manager then, or ends without (by trigger).
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+")
    categories = models.JSONField()
    reason = CodedField(max_length=20, choices=Reason)
    sealed_words = models.BinaryField()
    duration = models.DurationField()
    answer_within = models.DurationField()
    token = models.UUIDField()
    proposed_at = models.DateTimeField(db_default=DatabaseNow())
    state = models.CharField(_("state"), max_length=10, default=ProposalState.WAITING)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    sealed_reason = models.BinaryField(null=True)
    access_request = models.OneToOneField(
        AccessRequest, null=True, on_delete=models.PROTECT, related_name="proposed_request"
    )

    class Meta:
        verbose_name = _("request for a manager")
        verbose_name_plural = _("requests for a manager")
        constraints = [
            models.UniqueConstraint(fields=["staff", "token"], name="access_proposal_once"),
            models.UniqueConstraint(
                fields=["staff", "customer", "version"],
                condition=Q(state="waiting"),
                name="access_proposal_one_waiting",
            ),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="access_proposal_known_reason"),
            models.CheckConstraint(condition=~Q(categories=[]), name="access_proposal_of_something"),
            models.CheckConstraint(condition=is_list_of_texts("categories"), name="access_proposal_codes"),
            require_another("decided_by", "staff", name="access_proposal_not_own_manager"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="agreed", decided_by__isnull=False, decided_at__isnull=False, access_request__isnull=False)
                | Q(state="declined", decided_by__isnull=False, decided_at__isnull=False, sealed_reason__isnull=False)
                | Q(state="ended", decided_by__isnull=True, decided_at__isnull=False),
                name="access_proposal_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(state="agreed") | Q(access_request__isnull=True), name="access_proposal_filed_when_agreed"
            ),
            models.CheckConstraint(
                condition=Q(state="declined") | Q(sealed_reason__isnull=True), name="access_proposal_reason_of_a_no"
            ),
        ]
        indexes = [
            models.Index(fields=["staff", "proposed_at"], condition=Q(state="waiting"), name="access_proposal_waiting")
        ]

    def __str__(self) -> str:
        return _("Request about customer %(id)s") % {"id": str(self.customer_id)[:8]}


class Answer(AppendOnlyModel):
    """The customer's one answer: who gave it, to what exactly (digest of the request as shown), and what it was.

    `caller_code`: of an answer by telephone, the code that proved the caller; `answered_by` is then the officer who
    recorded what they said. A trigger copies `customer` from the request.
    """

    access_request = models.OneToOneField(
        AccessRequest, on_delete=models.PROTECT, primary_key=True, related_name="answer"
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    decision = models.CharField(max_length=4)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=10)
    duration = models.DurationField()
    shown_digest = models.CharField(max_length=64)
    sealed_message = models.BinaryField(null=True)
    caller_code = models.OneToOneField("CallerCode", null=True, on_delete=models.PROTECT, related_name="answer")
    token = models.UUIDField()
    answered_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=[decision.value for decision in AnswerDecision]),
                name="access_answer_known_decision",
            )
        ]
        indexes = [models.Index(fields=["answered_at"], name="access_answer_by_time")]


class CallerCode(RandomIdModel):
    """A code that proves who is on the telephone, for one request: sent to the address on file, said to `sent_by`.

    `code_hash` is the SHA-256 of the code's keyed hash, and `proof` that keyed hash: without the keys nobody makes one
    that fits. Only wrong tries and the proof are ever added (by trigger). A trigger copies `customer` from the request.
    """

    access_request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="caller_codes")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    code_hash = models.BinaryField(max_length=32)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField(db_default=DatabaseNow())
    ends_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    proof = models.BinaryField(null=True, max_length=32)
    proved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=MOST_TRIES), name="access_callercode_few_tries"),
            require_all_or_none(
                "proof", "proved_at", code_hash=Func(F("proof"), function="sha256"), name="access_callercode_proof_fits"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Assent(RandomIdModel, AppendOnlyModel):
    """A holder's yes to a request about an account they share, which waits for the yes of every other holder.

    `categories`: the codes of what they allow. The last holder's yes is the `Answer`, narrowed by these to what all
    allow. A trigger copies `customer` from the request.
    """

    access_request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="assents")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    categories = models.JSONField()
    duration = models.DurationField()
    shown_digest = models.CharField(max_length=64)
    token = models.UUIDField()
    given_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["access_request", "given_by"], name="access_assent_one_of_each"),
            models.CheckConstraint(condition=~Q(categories=[]), name="access_assent_to_something"),
            models.CheckConstraint(condition=is_list_of_texts("categories"), name="access_assent_codes"),
        ]


class Enquiry(RandomIdModel):
    """The customer's question about a request that waits for them, and the requester's reply.

    Both texts are sealed under the customer's key. It is replied to once, while the request waits; nothing else
    changes (by trigger). A trigger copies `customer` from the request.
    """

    access_request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="enquiries")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    sealed_question = models.BinaryField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField(db_default=DatabaseNow())
    sealed_reply = models.BinaryField(null=True)
    replied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["access_request"], condition=Q(replied_at__isnull=True), name="access_enquiry_one_open"
            ),
            require_all_or_none("sealed_reply", "replied_at", name="access_enquiry_reply_and_when"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Grant(RandomIdModel):
    """Permission: who, whose, which category, which purpose, `[starts, ends)`. Ends once; nothing else changes.

    It rests on the answer to `access_request`, or on the exemption with this id, which a room above keeps.
    """

    ground = models.CharField(max_length=10, default=Ground.ANSWER, db_default=Ground.ANSWER.value)
    access_request = models.ForeignKey(AccessRequest, null=True, on_delete=models.PROTECT, related_name="grants")
    exemption = models.UUIDField(null=True)
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["access_request", "category"], name="access_grant_one_per_category"),
            models.UniqueConstraint(fields=["exemption", "category"], name="access_grant_one_per_exempted"),
            models.CheckConstraint(
                condition=Q(ground="answer", access_request__isnull=False, exemption__isnull=True)
                | Q(ground__in=["legal_duty", "safety"], access_request__isnull=True, exemption__isnull=False),
                name="access_grant_one_ground",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="access_grant_not_empty"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | Q(ended_at__isnull=False, end__in=[end.value for end in GrantEnd]),
                name="access_grant_end_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["staff", "customer", "category", "purpose"], name="access_grant_covers"),
            models.Index(fields=["customer", "ends_at"], condition=Q(ended_at__isnull=True), name="access_grant_live"),
            models.Index(fields=["ends_at"], condition=Q(ended_at__isnull=True), name="access_grant_due"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def told_of(self) -> uuid.UUID:
        """Return the request or the exemption that ledger entries about this grant name."""
        told_of = self.exemption or self.access_request_id
        assert told_of is not None
        return told_of

    def is_live(self, now: datetime) -> bool:
        return self.starts_at <= now < self.over_at

    @property
    def over_at(self) -> datetime:
        """Return when the grant ended or will end."""
        return min(self.ended_at, self.ends_at) if self.ended_at else self.ends_at


class Block(RandomIdModel):
    """A customer's standing no to one member of staff, to one team, or to everybody: no ask and no look until lifted.

    `portal.is_blocked` says whom it stops; a team is meant under any name it has had since. Nothing but `lifted_at`
    ever changes (by trigger).
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="blocks", db_index=False)
    kind = CodedField(max_length=10, choices=BlockKind)
    member = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    team = models.CharField(max_length=60, blank=True)
    placed_at = models.DateTimeField(db_default=DatabaseNow())
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "member", "team"],
                condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="access_block_one_that_stands",
            ),
            models.CheckConstraint(
                condition=Q(kind="member", member__isnull=False, team="")
                | (Q(kind="team", member__isnull=True) & ~Q(team=""))
                | Q(kind="everybody", member__isnull=True, team=""),
                name="access_block_names_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"
