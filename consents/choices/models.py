from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose, PurposeVersion
from consents.choices.rules import STORED, YES, MarkKind, RestRule, Status
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.people.models import Customer

__all__ = ["Choice", "Digest", "Mark", "Status"]


class Choice(RandomIdModel):
    """A customer's choice about a purpose. The ledger holds its history under this id.

    `status` is the one last recorded; `rules.compute_status` says what it amounts to now. `version` and `language` name
    the text of the last act. `rests_until`: nobody asks again before; the customer may change it at any time.
    `despite_signal`: a yes given while the browser asked for no sale or sharing.
    """

    # Found by the constraint below, whose index begins with it.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="choices", db_index=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10)
    status = CodedField(max_length=30, choices=Status)
    since = models.DateTimeField(db_default=DatabaseNow())
    valid_until = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    rest_rule = CodedField(max_length=20, choices=RestRule, blank=True)
    despite_signal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        indexes = [
            models.Index(
                fields=["valid_until"],
                condition=Q(status__in=sorted(YES), valid_until__isnull=False),
                name="choices_choice_running_out",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "purpose"], name="choices_choice_one_per_purpose"),
            models.CheckConstraint(condition=Q(status__in=STORED), name="choices_choice_known_status"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(status__in=[*sorted(YES), Status.EXPIRED]),
                name="choices_choice_only_a_yes_runs_out",
            ),
            models.CheckConstraint(
                condition=Q(rests_until__isnull=True, rest_rule="")
                | Q(
                    rests_until__isnull=False,
                    rest_rule__in=RestRule.values,
                    status__in=[Status.REFUSED, Status.WITHDRAWN],
                ),
                name="choices_choice_rests_by_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(despite_signal=False) | Q(status__in=sorted(YES)),
                name="choices_choice_only_a_yes_despite_signal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.purpose_id} {self.status}"


class Digest(models.Model):
    """The last time a customer was asked to review their choices."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, related_name="+")
    queued_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer_id} {self.queued_at}"


class Mark(RandomIdModel):
    """A restriction (GDPR Art 18), an objection (Art 21) or a limit on sensitive data (Civ 1798.121).

    While a restriction or objection stands, no one looks; under a limit, sensitive data serves only what the customer
    allows each time. A restriction is about everything; an objection about one purpose or, without one, about every
    use that may be objected to. `request`: id of the rights request it came with; each request has marks of its own.
    The company lifts a mark only after notifying the customer (Art 18(3)): `lift_announced_at`. Nothing but that and
    `lifted_at` ever changes (by trigger).
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="marks")
    kind = CodedField(max_length=11, choices=MarkKind)
    purpose = models.ForeignKey(Purpose, null=True, on_delete=models.PROTECT, related_name="+")
    request = models.UUIDField(null=True)
    placed_at = models.DateTimeField(db_default=DatabaseNow())
    lift_announced_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "purpose", "request"],
                condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="choices_mark_one_that_stands",
            ),
            models.CheckConstraint(condition=Q(kind__in=MarkKind.values), name="choices_mark_known_kind"),
            models.CheckConstraint(
                condition=Q(kind=MarkKind.OBJECTION) | Q(purpose__isnull=True),
                name="choices_mark_only_objections_of_a_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"
