import uuid

from django.db import models
from django.db.models import Q

from consents.catalogue.models import Purpose, PurposeVersion
from consents.choices.rules import STORED, YES, MarkKind, RestRule, Status
from consents.core.clock import DatabaseNow
from consents.people.models import Customer

__all__ = ["Choice", "Digest", "Mark", "Status"]


class Choice(models.Model):
    """Where one customer stands with one purpose. How it came about is in the ledger, under this id.

    `status` is what was last put on record; what it comes to now `rules.status_at` says. `version` and `language` name
    the text of the last act. `rests_until`: nobody asks again before; the customer may change it at any time.
    `despite_signal`: a yes given while the browser asked for no sale or sharing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Found by the constraint below, whose index begins with it.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="choices", db_index=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10)
    status = models.CharField(max_length=30, choices=Status)
    since = models.DateTimeField(db_default=DatabaseNow())
    valid_until = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    rest_rule = models.CharField(max_length=20, choices=RestRule, blank=True)
    despite_signal = models.BooleanField(default=False)

    class Meta:
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
    """When a customer was last asked to look their choices over; one row each."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, related_name="+")
    queued_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer_id} {self.queued_at}"


class Mark(models.Model):
    """A customer's data rests (GDPR Art 18), or they object to a use of it (Art 21): while it stands, nobody looks. Or
    sensitive data serves only what they themselves allow, each time (Civ 1798.121).

    A restriction is about everything; an objection about one purpose, or without one about every use that may be
    objected to; a limit about sensitive data. `request`: id of the rights request it came with, each with a row of its
    own. The company lifts it only after it has told the customer (Art 18(3)): `lift_announced_at`. Beyond that and
    `lifted_at` nothing of it changes (by trigger).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=11, choices=MarkKind)
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
