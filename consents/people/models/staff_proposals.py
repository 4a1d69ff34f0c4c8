"""Changes of colleagues' rights, which take two officers."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.people.two_officers.models import OPEN, Proposal


class StaffProposal(RandomIdModel, Proposal):
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

    class Meta(Proposal.Meta):
        verbose_name = _("change of rights")
        verbose_name_plural = _("changes of rights")
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                condition=(Q(kind="role", role__in=["privacy_officer", "compliance_officer"]) & ~Q(team=""))
                | Q(kind="factors", role="", team=""),
                name="people_staffproposal_known_change",
            ),
            models.CheckConstraint(
                condition=~Q(proposed_by=F("member")) & (Q(approved_by__isnull=True) | ~Q(approved_by=F("member"))),
                name="people_staffproposal_not_about_oneself",
            ),
            models.UniqueConstraint(fields=["member", "kind"], condition=OPEN, name="people_staffproposal_one_open"),
        ]

    def __str__(self) -> str:
        return f"change of rights {str(self.pk)[:8]}"
