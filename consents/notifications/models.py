import uuid

from django.db import models
from django.db.models import Q

from consents.core.clock import DatabaseNow
from consents.people.models import Customer, User


class Message(models.Model):
    """One mail to one person. `context` holds nothing personal; account mail lies sealed until it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    context = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    key = models.CharField(max_length=120, unique=True)
    queued_at = models.DateTimeField(db_default=DatabaseNow())
    sent_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, customer__isnull=True, sealed__isnull=True)
                | Q(user__isnull=True, customer__isnull=False, sealed__isnull=True)
                | Q(user__isnull=True, customer__isnull=True),
                name="notifications_message_one_recipient",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
