"""Changes of colleagues' rights, which take two officers."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.core.clock import DatabaseNow
from consents.core.coded_fields import CodedField
from consents.core.random_ids import RandomIdModel
from consents.core.row_checks import require_all_or_none


class StaffProposal(RandomIdModel):
    """A change of a colleague's rights that takes two officers: one proposes it, another approves or cancels it.

    `role` and `team` are the place of an officer to be; empty where the second factor is to be set up anew.
    """

    class Kind(models.TextChoices):
        ROLE = "role", _("becomes an officer")
        FACTORS = "factors", _("sets up a second factor anew")

    member = models.ForeignKey("people.StaffMember", on_delete=models.PROTECT, related_name="proposals")
    kind = CodedField(max_length=10, choices=Kind)
    role = models.CharField(max_length=20, blank=True)
    team = models.CharField(max_length=60, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=DatabaseNow())
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change of rights")
        verbose_name_plural = _("changes of rights")
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="role", role__in=["privacy_officer", "compliance_officer"]) & ~Q(team=""))
                | Q(kind="factors", role="", team=""),
                name="people_staffproposal_known_change",
            ),
            models.CheckConstraint(
                condition=~Q(proposed_by=F("member"))
                & (Q(approved_by__isnull=True) | (~Q(approved_by=F("member")) & ~Q(approved_by=F("proposed_by")))),
                name="people_staffproposal_two_others",
            ),
            require_all_or_none("approved_by", "approved_at", name="people_staffproposal_approved_by_and_at"),
            require_all_or_none(
                "cancelled_by",
                "cancelled_at",
                approved_at__isnull=True,
                name="people_staffproposal_cancelled_by_and_at",
            ),
            models.UniqueConstraint(
                fields=["member", "kind"],
                condition=Q(approved_at__isnull=True, cancelled_at__isnull=True),
                name="people_staffproposal_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"change of rights {str(self.pk)[:8]}"
