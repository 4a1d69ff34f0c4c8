"""Keep what holders of a shared account agree to one after the other."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel


class JointAssent(RandomIdModel):
    """A holder's yes that waits for the yes of every other holder: to a version of a purpose, or to a rights request.

    `object`: the id of that version or request. It ends with the last yes, or with the no of any holder (`ended_at`);
    nothing else of it ever changes (by trigger). A yes to a request for access is an `access.Assent`.
    """

    class Matter(models.TextChoices):
        CONSENT = "joint_consent", _("consent")
        RIGHT = "rights_request", _("privacy request")

    # Found by the constraint below, whose index begins with it.
    customer = models.ForeignKey("people.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    matter = CodedField(max_length=14, choices=Matter)
    object = models.CharField(max_length=36)
    given_at = models.DateTimeField(db_default=DatabaseNow())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "matter", "object", "given_by"],
                condition=Q(ended_at__isnull=True),
                name="people_jointassent_one_of_each",
            ),
            models.CheckConstraint(
                condition=Q(matter__in=["joint_consent", "rights_request"]), name="people_jointassent_known_matter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter} {self.object} {self.given_by_id}"
