"""Keep what an officer has typed and not sent."""

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from consents.core.clock import DatabaseNow
from consents.people.models import StaffMember
from consents.rights.models.requests import RightsRequest
from consents.rights.models.steps import RequestRow

LONGEST_DRAFT = 40_000  # bytes, sealed


class Draft(RequestRow):
    """Keep what one officer has typed for one act on a request and not sent: sealed as a `Statement` is, theirs alone.

    It goes with the act, the answer, the customer, and after a month.
    """

    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="drafts")
    officer = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=24)
    is_theirs = models.BooleanField()
    sealed = models.BinaryField()
    saved_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rights_request", "officer", "act"], name="rights_draft_once"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("sealed"), LONGEST_DRAFT), name="rights_draft_bounded"
            ),
        ]
