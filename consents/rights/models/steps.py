"""Steps of a rights request: rows that are only added."""

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category, Recipient
from consents.catalogue.rules import PROVISION
from consents.core.append_only import AppendOnlyModel
from consents.core.canonical import is_all_of, is_list_of_texts
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.law.identity import Level
from consents.law.kinds import Regime, Type
from consents.law.reasons import FEE_REASONS, GROUPS, Extension, Group, Reason
from consents.people.models import Customer, User
from consents.rights.models.requests import SERVED, RightsRequest
from consents.rights.rules import (
    GRANTED,
    About,
    Appealed,
    Format,
    Outcome,
    PlaceReason,
    ReplyWay,
    TellingWay,
    Waiting,
    WhyNotCorrected,
)


class RequestRow(models.Model):
    """A row of a request. Triggers copy `customer` from the request, also once it is matched; None until then."""

    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.pk}"


class AppendOnlyStep(RequestRow, AppendOnlyModel):
    class Meta:
        abstract = True


class Step(AppendOnlyStep):
    """A step that a request takes any number of times."""

    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="%(class)s_set")

    class Meta:
        abstract = True


class SingleStep(AppendOnlyStep):
    """A step that a request takes once."""

    rights_request = models.OneToOneField(
        RightsRequest, on_delete=models.PROTECT, primary_key=True, related_name="%(class)s"
    )

    class Meta:
        abstract = True


def build_officer_key() -> models.ForeignKey:
    return models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)


class Assignment(Step):
    """The officer who handles the request from then on: whoever acted on it last."""

    officer = build_officer_key()
    assigned_at = models.DateTimeField(db_default=DatabaseNow())


class Acknowledgement(SingleStep):
    """The person was told that the request arrived, and when to expect the answer."""

    acknowledged_at = models.DateTimeField(db_default=DatabaseNow())


class IdentityCheck(Step):
    """A check of the requester's identity. A failed one may be followed by another; one that succeeds is the last."""

    level = CodedField(max_length=16, choices=Level)
    checked_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rights_request"], condition=~Q(level="failed"), name="rights_identitycheck_succeeds_once"
            ),
            models.CheckConstraint(
                condition=Q(level__in=[Level.FAILED, Level.SESSION, Level.REASONABLE, Level.REASONABLY_HIGH]),
                name="rights_identitycheck_known_level",
            ),
        ]


class Pause(Step):
    """The clock stands still because the customer was asked something, until the pause has an end."""

    waiting_for = CodedField(max_length=10, choices=Waiting)
    began_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(waiting_for__in=Waiting.values), name="rights_pause_waits_for_something")
        ]


class PauseEnd(AppendOnlyStep):
    """The clock goes on, with all days that it stood still so far and the due moments and clocks that follow."""

    pause = models.OneToOneField(Pause, on_delete=models.PROTECT, primary_key=True, related_name="end")
    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(db_default=DatabaseNow())
    waited_days = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    extended_to = models.DateTimeField(null=True)
    target_on = models.DateField()
    clocks = models.JSONField()

    class Meta:
        constraints = [models.CheckConstraint(condition=is_all_of("clocks", "$.*.on"), name="rights_pauseend_clocks")]


class Clarification(Step):
    """A question that an officer sent to the customer; `Statement` holds its words, in the customer's `language`.

    A pause begins with one and with nothing else. `code_hash`: keyed hash of the emailed code with which somebody
    without an account replies.
    """

    about = CodedField(max_length=10, choices=About)
    language = models.CharField(max_length=10)
    asked_by = build_officer_key()
    asked_at = models.DateTimeField(db_default=DatabaseNow())
    code_hash = models.BinaryField(null=True, max_length=32, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(about__in=About.values), name="rights_clarification_known_subject")
        ]


class ClarificationReply(AppendOnlyStep):
    """The customer's reply, one for each question; `Statement` holds its words. A clock that waited for it goes on."""

    clarification = models.OneToOneField(
        Clarification, on_delete=models.PROTECT, primary_key=True, related_name="reply"
    )
    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="+")
    way = CodedField(max_length=8, choices=ReplyWay)
    replied_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(way__in=ReplyWay.values), name="rights_clarificationreply_known_way")
        ]


class DeadlineExtension(SingleStep):
    """A longer time for the answer, counted from the receipt and told within the first time, with the reason."""

    extended_to = models.DateTimeField()
    reason = CodedField(max_length=12, choices=Extension)
    notified_at = models.DateTimeField(db_default=DatabaseNow())
    clock = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=Extension.values), name="rights_extension_known_reason"),
            models.CheckConstraint(condition=is_all_of("clock", "$", "object"), name="rights_extension_clock"),
        ]


class Answer(SingleStep):
    """The one answer, final; or the end of a request that was withdrawn.

    `granted`: of an objection granted in part, codes of the purposes that stop. `fee_amount`: what they pay, as a rule
    nothing.
    """

    responded_at = models.DateTimeField(db_default=DatabaseNow())
    outcome = CodedField(max_length=24, choices=Outcome)
    response_format = CodedField(max_length=16, choices=Format, blank=True, default="", db_default="")
    denial_reason = CodedField(max_length=24, choices=Reason, blank=True, default="", db_default="")
    denial_metric_group = CodedField(max_length=20, choices=Group, blank=True, default="", db_default="")
    denial_legal_basis = models.CharField(max_length=120, blank=True, default="", db_default="")
    remedies_told = models.BooleanField(default=False, db_default=False)
    granted = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    fee_amount = models.DecimalField(max_digits=10, decimal_places=2, default=0, db_default=0)
    fee_currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    fee_reason = CodedField(max_length=24, choices=Reason, blank=True, default="", db_default="")
    retain_until = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(outcome__in=[*SERVED, Outcome.DENIED], response_format__in=Format.values))
                | Q(outcome=Outcome.WITHDRAWN, response_format=""),
                name="rights_answer_has_a_form",
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
                name="rights_answer_refused_with_reason_law_and_remedies",
            ),
            models.CheckConstraint(
                condition=Q(denial_legal_basis="") | Q(denial_legal_basis__regex=PROVISION),
                name="rights_answer_law_is_a_provision",
            ),
            models.CheckConstraint(
                condition=Q(denial_reason="")
                | Q(*[Q(denial_reason=r, denial_metric_group=g) for r, g in GROUPS.items()], _connector=Q.OR),
                name="rights_answer_reason_has_its_group",
            ),
            models.CheckConstraint(condition=is_list_of_texts("granted"), name="rights_answer_granted_codes"),
            models.CheckConstraint(
                condition=Q(granted=[]) | Q(outcome=Outcome.COMPLIED_PART), name="rights_answer_grants_uses_in_part"
            ),
            models.CheckConstraint(
                condition=Q(fee_amount=0, fee_currency="") | Q(fee_amount__gt=0, fee_currency__regex=r"^[A-Z]{3}$"),
                name="rights_answer_fee_has_currency",
            ),
            models.CheckConstraint(
                condition=Q(fee_amount=0, fee_reason="")
                | Q(fee_amount__gt=0, fee_reason__in=FEE_REASONS, outcome__in=sorted(GRANTED)),
                name="rights_answer_fee_has_its_ground",
            ),
        ]
        indexes = [models.Index(fields=["retain_until"], name="rights_answer_kept")]


class Appeal(SingleStep):
    """The customer asks another officer to look at the answer again."""

    appealed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    clock = models.JSONField()

    class Meta:
        constraints = [models.CheckConstraint(condition=is_all_of("clock", "$", "object"), name="rights_appeal_clock")]
        indexes = [models.Index(fields=["due_at"], name="rights_appeal_due")]


class AppealDecision(SingleStep):
    """The decision on an appeal, by an officer who did not give the answer: it stands, or the request begins again."""

    outcome = CodedField(max_length=10, choices=Appealed)
    decided_at = models.DateTimeField(db_default=DatabaseNow())
    decided_by = build_officer_key()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=[Appealed.UPHELD, Appealed.REVERSED]), name="rights_decision_known_outcome"
            )
        ]


class Search(Step):
    """A system that was searched for the answer, and whether anything of the customer's was in it."""

    system = models.CharField(max_length=60)
    found = models.BooleanField()
    searched_by = build_officer_key()
    searched_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(system=""), name="rights_search_names_the_system")]


class RecipientNotice(Step):
    """A recipient who was told of the correction, deletion, pause or opt-out, on which day and how, or why that was not
    done (Art 19). `told_at` is when it was put on record."""

    class WhyNot(models.TextChoices):
        IMPOSSIBLE = "impossible", _("it is impossible")
        DISPROPORTIONATE = "disproportionate", _("it would take a disproportionate effort")

    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="+")
    why_not = CodedField(max_length=20, choices=WhyNot, blank=True)
    told_on = models.DateField(null=True)
    way = CodedField(max_length=8, choices=TellingWay, blank=True, default="", db_default="")
    told_by = build_officer_key()
    told_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rights_request", "recipient"], name="rights_recipientnotice_once"),
            models.CheckConstraint(
                condition=Q(why_not__in=["", "impossible", "disproportionate"]),
                name="rights_recipientnotice_known_reason",
            ),
            models.CheckConstraint(
                condition=Q(why_not="", told_on__isnull=False, way__in=TellingWay.values)
                | (~Q(why_not="") & Q(told_on=None, way="")),
                name="rights_recipientnotice_says_when_and_how",
            ),
        ]


class LawChoice(SingleStep):
    """An officer's choice of the place whose law counts, where the request and the record named different ones.

    The request takes on `regime`, `jurisdiction` and `request_type` with their due moments; `filed_*` is what it had.
    `extended_to`: the extension it had, counted by that law.
    """

    regime = CodedField(max_length=10, choices=Regime)
    jurisdiction = models.CharField(max_length=6)
    request_type = CodedField(max_length=20, choices=Type)
    filed_regime = CodedField(max_length=10, choices=Regime)
    filed_jurisdiction = models.CharField(max_length=6)
    filed_type = CodedField(max_length=20, choices=Type)
    filed_due_at = models.DateTimeField()
    extended_to = models.DateTimeField(null=True)
    reason = CodedField(max_length=10, choices=PlaceReason)
    chosen_by = build_officer_key()
    chosen_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=PlaceReason.values), name="rights_lawchoice_known_reason"),
            models.CheckConstraint(condition=Q(regime__in=Regime.values), name="rights_lawchoice_known_regime"),
            models.CheckConstraint(condition=Q(request_type__in=Type.values), name="rights_lawchoice_known_type"),
            models.CheckConstraint(condition=Q(filed_regime__in=Regime.values), name="rights_lawchoice_filed_regime"),
            models.CheckConstraint(condition=Q(filed_type__in=Type.values), name="rights_lawchoice_filed_type"),
        ]


class AnswerDispatch(SingleStep):
    """The day on which an officer sent or gave an answer that no page of the portal carries: by email, post or word of
    mouth. `noted_at`: when it was put on record."""

    sent_on = models.DateField()
    sent_by = build_officer_key()
    noted_at = models.DateTimeField(db_default=DatabaseNow())


class MissedDeadline(SingleStep):
    """A request whose day passed without an answer: late for ever (kept by trigger)."""

    due_at = models.DateTimeField()
    noted_at = models.DateTimeField(db_default=DatabaseNow())


class ChosenEntry(SingleStep):
    """The customer's choice of the entry to correct, where there are several: the id of the vault's record."""

    entry = models.UUIDField()
    chosen_at = models.DateTimeField(db_default=DatabaseNow())


class Correction(Step):
    """The decision on one proposed value: written into the vault, or refused and why. The proposal lies sealed in
    `Statement`; `place` is its place there."""

    place = models.PositiveSmallIntegerField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=60)
    is_accepted = models.BooleanField()
    why_not = CodedField(max_length=12, choices=WhyNotCorrected, blank=True)
    decided_by = build_officer_key()
    decided_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rights_request", "place"], name="rights_correction_once"),
            models.CheckConstraint(
                condition=Q(is_accepted=True, why_not="") | Q(is_accepted=False, why_not__in=WhyNotCorrected.values),
                name="rights_correction_refused_with_reason",
            ),
        ]
