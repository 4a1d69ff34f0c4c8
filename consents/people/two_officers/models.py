"""Base model of what one officer proposes and another approves or rejects."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from consents.core.clock import DatabaseNow
from consents.core.row_checks import require_all_or_none, require_another

OPEN = Q(approved_at__isnull=True, cancelled_at__isnull=True)


class Proposal(models.Model):
    """Who proposed it, and who approved it or ended it, each with the moment.

    `cancelled_by`: the first officer, who took it back, or another one, who rejected it.
    """

    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=DatabaseNow())
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            require_another("approved_by", "proposed_by", name="%(app_label)s_%(class)s_two_officers"),
            require_all_or_none("approved_by", "approved_at", name="%(app_label)s_%(class)s_approved_by_and_at"),
            require_all_or_none(
                "cancelled_by",
                "cancelled_at",
                approved_at__isnull=True,
                name="%(app_label)s_%(class)s_cancelled_by_and_at",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.approved_at is None and self.cancelled_at is None
