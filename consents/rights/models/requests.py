"""A rights request as filed, and the view of the register that tells what its steps came to."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.core.canonical import is_all_of, is_list_of_texts
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.law.clocks import Unit
from consents.law.identity import Level
from consents.law.kinds import BEGAN, Regime, Type, gets_kinds_instead
from consents.people.models import Customer, User
from consents.rights.rules import Channel, Outcome, State, SubmittedBy

FORGOTTEN = "erased"  # instead of the proof of somebody who was erased
EARLIEST = timezone(timedelta(hours=14))  # where a day begins first
SERVED = [Outcome.COMPLIED_WHOLE, Outcome.COMPLIED_PART, Outcome.NO_DATA]
# What the database derives from the steps of a request, for the order of the queue (sql/derivation.sql).
DERIVED = ["state", "handler", "answer_by", "waiting_since"]


class RegisterField[Value]:
    """An attribute of a request that follows from its steps, read from the view of the register."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, rights_request: "RightsRequest", owner: type) -> Value:
        value: Value = getattr(rights_request.register, self.name)
        return value


class RightsRequest(RandomIdModel):
    """A request by right, as filed. Each later step is a row of its own.

    `customer` changes once, when it is known whose it is, and with it the law and its due moments if an officer chose
    another (`LawChoice`). `agent_proof` is erased with the customer. The database derives `state`, `handler`,
    `answer_by` and `waiting_since` from the steps; everything else that follows from them is read from the view
    `Register`.
    `number` is what people call it by. `received_at` is when it truly arrived, `filed_at` when it was put on record.
    `scope`: codes of data categories or purposes it is about; empty for all. `clocks` holds for each due moment
    (`acknowledge`, `answer`) the last day with rule, unit, calendar and inputs; `due_*` and `calendar_id` repeat those
    of the answer. `target_on` is the company's own aim. `follows`: the request whose appeal reopened it.
    What people wrote is in `Statement`.
    """

    number = models.CharField(_("number"), max_length=12, unique=True)
    token = models.UUIDField(null=True, unique=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="rights_requests")
    regime = CodedField(max_length=10, choices=Regime)
    jurisdiction = models.CharField(max_length=6)
    request_type = CodedField(max_length=20, choices=Type)
    scope = models.JSONField(default=list)
    scope_from = models.DateField(null=True)
    scope_until = models.DateField(null=True)
    channel = CodedField(max_length=12, choices=Channel)
    submitted_by = CodedField(max_length=20, choices=SubmittedBy)
    agent_proof = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField()
    filed_at = models.DateTimeField(db_default=DatabaseNow())
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followed_by")
    identity_needed = CodedField(max_length=16, choices=Level)
    clocks = models.JSONField()
    acknowledge_by = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    due_rule = models.CharField(max_length=40)
    due_unit = models.CharField(max_length=12)
    calendar_id = models.CharField(max_length=12)
    target_on = models.DateField()

    state = CodedField(max_length=12, choices=State, default=State.RECEIVED)
    handler = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    answer_by = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)

    acknowledged_at = RegisterField[datetime | None]()
    verification_level = RegisterField[str]()
    verification_requested_at = RegisterField[datetime | None]()
    verified_at = RegisterField[datetime | None]()
    extended_to = RegisterField[datetime | None]()
    extension_reason = RegisterField[str]()
    waiting_for = RegisterField[str]()
    waited_days = RegisterField[int]()
    responded_at = RegisterField[datetime | None]()
    outcome = RegisterField[str]()
    response_format = RegisterField[str]()
    denial_reason = RegisterField[str]()
    denial_legal_basis = RegisterField[str]()
    granted = RegisterField[list[str]]()
    fee_amount = RegisterField[Decimal]()
    fee_currency = RegisterField[str]()
    fee_reason = RegisterField[str]()
    retain_until = RegisterField[date | None]()
    appeal_at = RegisterField[datetime | None]()
    appeal_due_at = RegisterField[datetime | None]()
    appeal_outcome = RegisterField[str]()
    appeal_decided_at = RegisterField[datetime | None]()

    class Meta:
        verbose_name = _("privacy request")
        verbose_name_plural = _("privacy requests")
        constraints = [
            models.CheckConstraint(condition=Q(regime__in=Regime.values), name="rights_request_known_regime"),
            models.CheckConstraint(condition=Q(request_type__in=Type.values), name="rights_request_known_type"),
            models.CheckConstraint(condition=is_list_of_texts("scope"), name="rights_request_scope"),
            models.CheckConstraint(condition=is_all_of("clocks", "$.*.on"), name="rights_request_clocks"),
            models.CheckConstraint(
                condition=Q(jurisdiction__regex=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"),
                name="rights_request_jurisdiction_is_iso_3166",
            ),
            models.CheckConstraint(
                condition=Q(
                    *[
                        Q(regime=law, received_at__gte=datetime.combine(on, time(0), EARLIEST))
                        for law, on in BEGAN.items()
                    ],
                    _connector=Q.OR,
                ),
                name="rights_request_under_its_law",
            ),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="rights_request_known_channel"),
            models.CheckConstraint(
                condition=~Q(request_type=Type.OPT_IN) | Q(channel=Channel.PORTAL),
                name="rights_request_a_sale_is_allowed_here",
            ),
            models.CheckConstraint(
                condition=Q(submitted_by="self")
                | (Q(submitted_by__in=sorted(set(SubmittedBy.values) - {"self"})) & ~Q(agent_proof="")),
                name="rights_request_others_prove_their_part",
            ),
            models.CheckConstraint(
                condition=Q(scope_from__isnull=True)
                | Q(scope_until__isnull=True)
                | Q(scope_from__lte=F("scope_until")),
                name="rights_request_scope_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(identity_needed__in=[Level.NOT_REQUIRED, Level.REASONABLE, Level.REASONABLY_HIGH]),
                name="rights_request_known_level",
            ),
            models.CheckConstraint(condition=Q(due_unit__in=[unit.value for unit in Unit]), name="rights_request_unit"),
            models.CheckConstraint(condition=Q(due_at__gt=F("received_at")), name="rights_request_due_later"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="rights_request_known_state"),
        ]
        indexes = [
            models.Index(fields=["customer", "-received_at"], name="rights_request_of_customer"),
            models.Index(fields=["received_at", "id"], name="rights_request_by_time"),
            # Whoever counts what is open by its days reads nothing else.
            models.Index(
                fields=["answer_by"],
                include=["waiting_since"],
                condition=~Q(state="answered"),
                name="rights_request_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def refresh_progress(self) -> None:
        """Read again what follows from the steps."""
        self.refresh_from_db(fields=DERIVED)
        self.register = Register.objects.get(pk=self.pk)

    def is_appeal_late_at(self, now: datetime) -> bool:
        """Tell whether the appeal is or was late; once late, it stays so."""
        return self.appeal_due_at is not None and (self.appeal_decided_at or now) > self.appeal_due_at

    @property
    def gets_kinds_instead(self) -> bool:
        """Return True if pieces of data were asked for by somebody who is not known surely enough to get them."""
        return gets_kinds_instead(Type(self.request_type), Level(self.verification_level or Level.FAILED))

    @property
    def tells_kinds_alone(self) -> bool:
        """Return True if its copy names the kinds of data and holds none of them."""
        return self.request_type == Type.KNOW_CATEGORIES or self.gets_kinds_instead

    @property
    def has_erased_customer(self) -> bool:
        return self.customer is not None and self.customer.erased_at is not None

    @property
    def has_known_customer(self) -> bool:
        """Return True if it is known whose it is, and they are not erased."""
        return self.customer is not None and self.customer.erased_at is None

    @property
    def is_answered(self) -> bool:
        return self.state == State.ANSWERED

    def is_late_at(self, now: datetime) -> bool:
        """Tell whether it is or was late; once late, it stays so. A withdrawn request has no answer to be late."""
        if self.waiting_since or self.outcome == Outcome.WITHDRAWN:
            return False
        return (self.responded_at or now) > self.answer_by


class Register(models.Model):
    """The view `rights_register`: each request with what follows from its steps (sql/derivation.sql)."""

    rights_request = models.OneToOneField(
        RightsRequest, on_delete=models.DO_NOTHING, primary_key=True, db_column="id", related_name="register"
    )
    acknowledged_at = models.DateTimeField(null=True)
    verification_level = models.CharField(max_length=16)
    verification_requested_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    clocks = models.JSONField()
    due_at = models.DateTimeField()
    target_on = models.DateField()
    extended_to = models.DateTimeField(null=True)
    extension_reason = models.CharField(max_length=12)
    waiting_for = models.CharField(max_length=10)
    waited_days = models.PositiveSmallIntegerField()
    responded_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24)
    response_format = models.CharField(max_length=16)
    denial_reason = models.CharField(max_length=24)
    denial_legal_basis = models.CharField(max_length=120)
    granted = models.JSONField()
    fee_amount = models.DecimalField(max_digits=10, decimal_places=2)
    fee_currency = models.CharField(max_length=3)
    fee_reason = models.CharField(max_length=24)
    retain_until = models.DateField(null=True)
    appeal_at = models.DateTimeField(null=True)
    appeal_due_at = models.DateTimeField(null=True)
    appeal_outcome = models.CharField(max_length=10)
    appeal_decided_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "rights_register"

    def __str__(self) -> str:
        return str(self.pk)
