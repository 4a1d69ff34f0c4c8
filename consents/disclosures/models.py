import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.access.models import Grant
from consents.catalogue.models import Category, Purpose
from consents.core.append_only import AppendOnlyModel
from consents.people.models import Customer, User


class Opening(AppendOnlyModel):
    """A recorded reading of the vault: by grant (a disclosure), own copy, or statistics.

    The moment and the transaction's id (`xid`, a column the model does not name) are set by the database; the
    application role has no right to set them.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", _("with permission")
        OWN_COPY = "own_copy", _("own copy")
        STATISTICS = "statistics", _("statistics")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    staff = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.ForeignKey(Purpose, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    grant = models.ForeignKey(Grant, null=True, on_delete=models.PROTECT, related_name="openings", db_index=False)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind="grant",
                    staff__isnull=False,
                    customer__isnull=False,
                    category__isnull=False,
                    purpose__isnull=False,
                    grant__isnull=False,
                )
                | Q(kind="own_copy", customer__isnull=False, grant__isnull=True)
                | Q(kind="statistics", customer__isnull=True, grant__isnull=True),
                name="disclosures_opening_says_what",
            )
        ]
        indexes = [
            models.Index(fields=["customer", "-opened_at"], name="disclosures_opening_of_cust"),
            models.Index(fields=["opened_at"], name="disclosures_opening_by_time"),
        ]

    def __str__(self) -> str:
        return str(self.id)
