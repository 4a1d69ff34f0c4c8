import uuid
from datetime import date, datetime, time, timedelta, timezone

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category, Recipient
from consents.catalogue.rules import PROVISION
from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow
from consents.people.models import Customer, User
from consents.rights.rules.answers import (
    APPEALABLE,
    FEE_REASONS,
    GRANTED,
    GROUPS,
    OF_THE_UNKNOWN,
    Appealed,
    Channel,
    Extension,
    Format,
    Group,
    Outcome,
    Reason,
    State,
    SubmittedBy,
    Waiting,
    WhyNotCorrected,
    takes_fee,
)
from consents.rights.rules.clocks import Unit
from consents.rights.rules.collecting import MOST_TRIES, End, Way
from consents.rights.rules.kinds import BEGAN, Level, Regime, Type, gets_kinds_instead

FORGOTTEN = "erased"  # instead of the proof of somebody who was erased
EARLIEST = timezone(timedelta(hours=14))  # where a day begins first


def first_moment(day: date) -> datetime:
    return datetime.combine(day, time(0), EARLIEST)


SERVED = [Outcome.COMPLIED_WHOLE, Outcome.COMPLIED_PART, Outcome.NO_DATA]


class RightsRequest(models.Model):
    """What somebody asks of the company by right. Its terms are fixed at filing; each step is set once (by trigger).

    `customer` is None until it is known whose it is. `number` is what people call it by. `received_at` is when it
    truly arrived, `filed_at` when it was put on record. `scope`: codes of data categories or purposes it is about;
    empty for all. `clocks` holds for each due moment (`acknowledge`, `answer`, `extended`, `appeal`) the last day with
    rule, unit, calendar and inputs; `due_*` and `calendar_id` repeat those of the answer. `target_on` is the company's
    own aim. `waited_days`: for how long the clock stood still. `follows`: the request that an appeal decided anew.
    `granted`: of an objection granted in part, codes of the purposes that stop. `fee_amount`: what they pay, as a rule
    nothing.
    What people wrote is in `Words`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=12, unique=True)
    token = models.UUIDField(null=True, unique=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="rights_requests")
    regime = models.CharField(max_length=10, choices=Regime)
    jurisdiction = models.CharField(max_length=6)
    request_type = models.CharField(max_length=20, choices=Type)
    scope = models.JSONField(default=list)
    scope_from = models.DateField(null=True)
    scope_until = models.DateField(null=True)
    channel = models.CharField(max_length=12, choices=Channel)
    submitted_by = models.CharField(max_length=20, choices=SubmittedBy)
    agent_proof = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField()
    filed_at = models.DateTimeField(db_default=DatabaseNow())
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followed_by")

    identity_needed = models.CharField(max_length=16, choices=Level)
    verification_level = models.CharField(max_length=16, choices=Level, blank=True)
    verification_requested_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)

    clocks = models.JSONField()
    acknowledge_by = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    due_rule = models.CharField(max_length=40)
    due_unit = models.CharField(max_length=12)
    calendar_id = models.CharField(max_length=12)
    target_on = models.DateField()
    extended_to = models.DateTimeField(null=True)
    extension_reason = models.CharField(max_length=12, choices=Extension, blank=True)
    extension_notified_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)
    waiting_for = models.CharField(max_length=10, choices=Waiting, blank=True)
    waited_days = models.PositiveSmallIntegerField(default=0)

    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    handler = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    handler_trained_on = models.DateField(null=True)
    responded_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, choices=Outcome, blank=True)
    response_format = models.CharField(max_length=16, choices=Format, blank=True)
    denial_reason = models.CharField(max_length=24, choices=Reason, blank=True)
    denial_metric_group = models.CharField(max_length=20, choices=Group, blank=True)
    denial_legal_basis = models.CharField(max_length=120, blank=True)
    remedies_told = models.BooleanField(default=False)
    granted = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    fee_amount = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    fee_currency = models.CharField(max_length=3, blank=True)
    fee_reason = models.CharField(max_length=24, choices=Reason, blank=True, default="", db_default="")
    retain_until = models.DateField(null=True)

    appeal_at = models.DateTimeField(null=True)
    appeal_due_at = models.DateTimeField(null=True)
    appeal_outcome = models.CharField(max_length=10, choices=Appealed, blank=True)
    appeal_decided_at = models.DateTimeField(null=True)
    appeal_decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("privacy request")
        verbose_name_plural = _("privacy requests")
        constraints = [
            models.CheckConstraint(condition=Q(regime__in=Regime.values), name="rights_request_known_regime"),
            models.CheckConstraint(condition=Q(request_type__in=Type.values), name="rights_request_known_type"),
            models.CheckConstraint(
                condition=Q(jurisdiction__regex=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"),
                name="rights_request_jurisdiction_is_iso_3166",
            ),
            models.CheckConstraint(
                condition=Q(
                    *[Q(regime=law, received_at__gte=first_moment(on)) for law, on in BEGAN.items()], _connector=Q.OR
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
                condition=Q(
                    identity_needed__in=[Level.NOT_REQUIRED, Level.REASONABLE, Level.REASONABLY_HIGH],
                    verification_level__in=["", *Level.values],
                ),
                name="rights_request_known_level",
            ),
            models.CheckConstraint(
                condition=Q(verification_level__in=["", Level.FAILED, Level.NOT_REQUIRED], verified_at__isnull=True)
                | Q(
                    verification_level__in=[Level.SESSION, Level.REASONABLE, Level.REASONABLY_HIGH],
                    verified_at__isnull=False,
                    customer__isnull=False,
                ),
                name="rights_request_verified_is_whose",
            ),
            models.CheckConstraint(condition=Q(due_unit__in=[unit.value for unit in Unit]), name="rights_request_unit"),
            models.CheckConstraint(condition=Q(due_at__gt=F("received_at")), name="rights_request_due_later"),
            models.CheckConstraint(
                condition=Q(extended_to__isnull=True, extension_reason="", extension_notified_at__isnull=True)
                | Q(
                    extended_to__gt=F("due_at"),
                    extension_reason__in=Extension.values,
                    extension_notified_at__lte=F("due_at"),
                ),
                name="rights_request_extended_in_time_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(waiting_since__isnull=True, waiting_for="")
                | Q(waiting_since__isnull=False, waiting_for__in=Waiting.values, due_unit="month"),
                name="rights_request_waits_for_something",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="rights_request_known_state"),
            models.CheckConstraint(
                condition=(
                    Q(state=State.ANSWERED, responded_at__isnull=False, retain_until__isnull=False) & ~Q(outcome="")
                )
                | (
                    ~Q(state=State.ANSWERED)
                    & Q(responded_at__isnull=True, retain_until__isnull=True, outcome="", appeal_at__isnull=True)
                ),
                name="rights_request_answered_with_outcome",
            ),
            models.CheckConstraint(
                condition=(Q(outcome__in=[*SERVED, Outcome.DENIED], response_format__in=Format.values))
                | Q(outcome__in=["", Outcome.WITHDRAWN], response_format=""),
                name="rights_request_answer_has_a_form",
            ),
            models.CheckConstraint(
                condition=(
                    Q(outcome__in=[Outcome.DENIED, Outcome.COMPLIED_PART], denial_reason__in=Reason.values)
                    & Q(denial_metric_group__in=Group.values, remedies_told=True)
                    & ~Q(denial_legal_basis="")
                )
                | (
                    ~Q(outcome__in=[Outcome.DENIED, Outcome.COMPLIED_PART])
                    & Q(denial_reason="", denial_metric_group="", denial_legal_basis="", remedies_told=False)
                ),
                name="rights_request_refused_with_reason_law_and_remedies",
            ),
            models.CheckConstraint(
                condition=Q(denial_legal_basis="") | Q(denial_legal_basis__regex=PROVISION),
                name="rights_request_law_is_a_provision",
            ),
            models.CheckConstraint(
                condition=Q(denial_reason="")
                | Q(*[Q(denial_reason=r, denial_metric_group=g) for r, g in GROUPS.items()], _connector=Q.OR),
                name="rights_request_reason_has_its_group",
            ),
            models.CheckConstraint(
                condition=(Q(granted=[]) & ~Q(request_type=Type.OBJECTION, outcome=Outcome.COMPLIED_PART))
                | (~Q(granted=[]) & Q(request_type=Type.OBJECTION, outcome=Outcome.COMPLIED_PART)),
                name="rights_request_part_of_an_objection",
            ),
            models.CheckConstraint(
                condition=Q(fee_amount=0, fee_currency="") | Q(fee_amount__gt=0, fee_currency__regex=r"^[A-Z]{3}$"),
                name="rights_request_fee_has_currency",
            ),
            models.CheckConstraint(
                condition=Q(fee_amount=0, fee_reason="")
                | Q(
                    fee_amount__gt=0,
                    fee_reason__in=FEE_REASONS,
                    outcome__in=sorted(GRANTED),
                    request_type__in=[type for type in Type if takes_fee(type)],
                ),
                name="rights_request_fee_has_its_ground",
            ),
            models.CheckConstraint(
                condition=~Q(request_type=Type.KNOW_SPECIFIC, verification_level=Level.REASONABLE)
                | Q(outcome__in=["", Outcome.WITHDRAWN, Outcome.NO_DATA, Outcome.DENIED])
                | Q(outcome=Outcome.COMPLIED_PART, denial_reason=Reason.UNVERIFIED),
                name="rights_request_pieces_for_the_surely_known",
            ),
            models.CheckConstraint(
                condition=~Q(denial_reason__in=sorted(OF_THE_UNKNOWN))
                | Q(verified_at__isnull=True)
                | Q(
                    request_type=Type.KNOW_SPECIFIC,
                    verification_level=Level.REASONABLE,
                    outcome=Outcome.COMPLIED_PART,
                ),
                name="rights_request_known_is_no_stranger",
            ),
            models.CheckConstraint(
                condition=Q(
                    appeal_at__isnull=True,
                    appeal_due_at__isnull=True,
                    appeal_outcome="",
                )
                | Q(
                    appeal_at__isnull=False,
                    appeal_due_at__isnull=False,
                    appeal_outcome__in=Appealed.values,
                    outcome__in=sorted(APPEALABLE),
                ),
                name="rights_request_appeal_is_of_an_answer",
            ),
            models.CheckConstraint(
                condition=Q(
                    appeal_outcome__in=["", Appealed.PENDING],
                    appeal_decided_at__isnull=True,
                    appeal_decided_by__isnull=True,
                )
                | (
                    Q(appeal_outcome__in=[Appealed.UPHELD, Appealed.REVERSED])
                    & Q(appeal_decided_at__isnull=False, appeal_decided_by__isnull=False)
                    & (Q(handler__isnull=True) | ~Q(appeal_decided_by=F("handler")))
                ),
                name="rights_request_appeal_by_another_officer",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-received_at"], name="rights_request_of_customer"),
            models.Index(fields=["received_at", "id"], name="rights_request_by_time"),
            # Whoever counts what is open by its days reads nothing else.
            models.Index(
                fields=["due_at"],
                include=["extended_to", "waiting_since"],
                condition=~Q(state="answered"),
                name="rights_request_open",
            ),
            models.Index(
                fields=["appeal_due_at"], condition=Q(appeal_outcome="pending"), name="rights_request_appeals"
            ),
            models.Index(fields=["retain_until"], name="rights_request_kept"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def answer_by(self) -> datetime:
        """The last moment for the answer as things are."""
        return self.extended_to or self.due_at

    def is_appeal_late_at(self, now: datetime) -> bool:
        """For ever too: its day and its decision are kept."""
        return self.appeal_due_at is not None and (self.appeal_decided_at or now) > self.appeal_due_at

    @property
    def gets_kinds_instead(self) -> bool:
        """Pieces of data were asked for, by somebody who is not known surely enough to get them."""
        return gets_kinds_instead(Type(self.request_type), Level(self.verification_level or Level.FAILED))

    @property
    def tells_kinds_alone(self) -> bool:
        """Its copy names the kinds of data, and holds none of them."""
        return self.request_type == Type.KNOW_CATEGORIES or self.gets_kinds_instead

    @property
    def is_answered(self) -> bool:
        return self.state == State.ANSWERED

    def is_late_at(self, now: datetime) -> bool:
        """Once late, late for ever: neither a due moment nor an answer changes afterwards. What was taken back has no
        answer that could be late."""
        if self.outcome == Outcome.WITHDRAWN or (self.waiting_since and not self.responded_at):
            return False
        return (self.responded_at or now) > self.answer_by


class Words(models.Model):
    """What somebody wrote or was written, sealed. Erasable; the request stays without it.

    `is_theirs`: under the customer's own key, which an erasure destroys; before it is known whose the request is, under
    a key made for this request.
    """

    class Kind(models.TextChoices):
        ASKED = "asked"
        ANSWERED = "answered"
        APPEALED = "appealed"
        DECIDED = "decided"

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="words")
    kind = models.CharField(max_length=10, choices=Kind)
    is_theirs = models.BooleanField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "kind"], name="rights_words_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["asked", "answered", "appealed", "decided"]), name="rights_words_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind}"


class Search(AppendOnlyModel):
    """A system that was searched for the answer, and whether anything of the customer's was in it."""

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="searches")
    system = models.CharField(max_length=60)
    found = models.BooleanField()
    searched_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    searched_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(system=""), name="rights_search_names_the_system")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.system}"


class Told(AppendOnlyModel):
    """A recipient who was told of the correction, deletion, pause or opt-out, or why that was not done (Art 19)."""

    class WhyNot(models.TextChoices):
        IMPOSSIBLE = "impossible", _("it is impossible")
        DISPROPORTIONATE = "disproportionate", _("it would take a disproportionate effort")

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="told")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="+")
    why_not = models.CharField(max_length=20, choices=WhyNot, blank=True)
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "recipient"], name="rights_told_once"),
            models.CheckConstraint(
                condition=Q(why_not__in=["", "impossible", "disproportionate"]), name="rights_told_known_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.recipient_id}"


class Late(AppendOnlyModel):
    """A request whose day passed without an answer: late for ever (kept by trigger)."""

    request = models.OneToOneField(RightsRequest, on_delete=models.PROTECT, primary_key=True, related_name="late")
    due_at = models.DateTimeField()
    noted_at = models.DateTimeField(db_default=DatabaseNow())

    def __str__(self) -> str:
        return str(self.request_id)


class Meant(AppendOnlyModel):
    """Which of several entries of a kind a customer wants corrected: the id of the vault's record, chosen by them."""

    request = models.OneToOneField(RightsRequest, on_delete=models.PROTECT, primary_key=True, related_name="meant")
    entry = models.UUIDField()
    chosen_at = models.DateTimeField(db_default=DatabaseNow())

    def __str__(self) -> str:
        return str(self.request_id)


class Correction(AppendOnlyModel):
    """What was decided on one proposed value: written into the vault, or refused and why. What was proposed lies sealed
    in `Words`; `place` is its place there."""

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="corrections")
    place = models.PositiveSmallIntegerField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=60)
    is_accepted = models.BooleanField()
    why_not = models.CharField(max_length=12, choices=WhyNotCorrected, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "place"], name="rights_correction_once"),
            models.CheckConstraint(
                condition=Q(is_accepted=True, why_not="") | Q(is_accepted=False, why_not__in=WhyNotCorrected.values),
                name="rights_correction_refused_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.place}"


class Package(models.Model):
    """The copy of a customer's data for one request, as a page and as data, sealed under the customer's own key.

    Theirs to download until `ends_at`; then what it holds is removed and the row stays. Nothing else of it changes
    (kept by trigger).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="packages")
    made_at = models.DateTimeField(db_default=DatabaseNow())
    ends_at = models.DateTimeField()
    sealed_page = models.BinaryField(null=True)
    sealed_data = models.BinaryField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, sealed_page__isnull=False, sealed_data__isnull=False)
                | Q(removed_at__isnull=False, sealed_page__isnull=True, sealed_data__isnull=True),
                name="rights_package_whole_or_removed",
            )
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=Q(removed_at__isnull=True), name="rights_package_to_remove")
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_there_at(self, now: datetime) -> bool:
        return self.removed_at is None and now < self.ends_at


class CollectionCode(models.Model):
    """With it one package is downloaded without an account, for as long as the package is there. Stored as a keyed
    hash, which goes with the package.

    `made_by` is None where the portal mailed it by itself. `tries`: wrong codes typed for its request. Made, tried and
    ended on record alone (kept by trigger).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="codes")
    code_hash = models.BinaryField(null=True, max_length=32, unique=True)
    way = models.CharField(max_length=10, choices=[(way.value, way.label) for way in Way if way != Way.ACCOUNT])
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=DatabaseNow())
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=10, choices=End, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["package"], condition=Q(ended_at__isnull=True), name="rights_collectioncode_one_works"
            ),
            models.CheckConstraint(
                condition=Q(way=Way.MAILED) | Q(way=Way.HANDED, made_by__isnull=False),
                name="rights_collectioncode_handed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="", code_hash__isnull=False, tries__lt=MOST_TRIES)
                | Q(ended_at__isnull=False, end__in=End.values, tries__lte=MOST_TRIES),
                name="rights_collectioncode_works_or_ended",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Download(AppendOnlyModel):
    """A package left for the customer's machine: which part, and who took it or with which code."""

    class Part(models.TextChoices):
        PAGE = "page", _("to read")
        DATA = "data", _("for programs")

    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="downloads")
    part = models.CharField(max_length=4, choices=Part)
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    code = models.ForeignKey(CollectionCode, null=True, on_delete=models.PROTECT, related_name="downloads")
    taken_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(part__in=["page", "data"]), name="rights_download_known_part"),
            models.CheckConstraint(
                condition=Q(taken_by__isnull=True, code__isnull=False) | Q(taken_by__isnull=False, code__isnull=True),
                name="rights_download_by_account_or_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package_id} {self.part}"
