from django.db import models
from django.db.models import Q

from consents.catalogue.models import Purpose, PurposeVersion
from consents.core.clock import DatabaseNow
from consents.people.models import Customer


class Status(models.TextChoices):
    """DPV consent statuses. All but the last are the customer's own acts; revoked is the company's."""

    GIVEN = "ConsentGiven"
    REFUSED = "ConsentRefused"
    WITHDRAWN = "ConsentWithdrawn"
    REVOKED = "ConsentRevoked"


class Choice(models.Model):
    """Where one customer stands with one purpose. How it came about is in the ledger."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="choices")
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=30, choices=Status)
    since = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "purpose"], name="choices_choice_one_per_purpose"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="choices_choice_known_status"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.purpose_id} {self.status}"
