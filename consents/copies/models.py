import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.copies.rules import MAX_TRIES
from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow
from consents.people.models import Customer, User
from consents.rights.models import RightsRequest
from consents.rights.rules.delivery import CodeEnd, DeliveryWay


class Package(models.Model):
    """The copy of a customer's data for one request, as a page and as data, sealed under the customer's own key.

    It can be downloaded until `ends_at`; then its content is removed. Nothing else ever changes (by trigger).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="packages")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=DatabaseNow())
    ends_at = models.DateTimeField()
    sealed_page = models.BinaryField(null=True)
    sealed_data = models.BinaryField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, sealed_page__isnull=False, sealed_data__isnull=False)
                | Q(removed_at__isnull=False, sealed_page__isnull=True, sealed_data__isnull=True),
                name="copies_package_whole_or_removed",
            )
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=Q(removed_at__isnull=True), name="copies_package_to_remove")
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_there_at(self, now: datetime) -> bool:
        return self.removed_at is None and now < self.ends_at


class CollectionCode(models.Model):
    """A code that downloads one package without an account. Its keyed hash is removed together with the package.

    `made_by` is None if the portal emailed it by itself. `tries`: wrong codes entered for its request. Created, tried
    and ended only on record (by trigger).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="codes")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    code_hash = models.BinaryField(null=True, max_length=32, unique=True)
    way = models.CharField(
        max_length=10, choices=[(way.value, way.label) for way in DeliveryWay if way != DeliveryWay.ACCOUNT]
    )
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=DatabaseNow())
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=10, choices=CodeEnd, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["package"], condition=Q(ended_at__isnull=True), name="copies_collectioncode_one_works"
            ),
            models.CheckConstraint(
                condition=Q(way=DeliveryWay.MAILED) | Q(way=DeliveryWay.HANDED, made_by__isnull=False),
                name="copies_collectioncode_handed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="", code_hash__isnull=False, tries__lt=MAX_TRIES)
                | Q(ended_at__isnull=False, end__in=CodeEnd.values, tries__lte=MAX_TRIES),
                name="copies_collectioncode_works_or_ended",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Download(AppendOnlyModel):
    """A download of one part of a package, by an account or with a code."""

    class Part(models.TextChoices):
        PAGE = "page", _("to read")
        DATA = "data", _("for programs")

    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="downloads")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=4, choices=Part)
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    code = models.ForeignKey(CollectionCode, null=True, on_delete=models.PROTECT, related_name="downloads")
    taken_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(part__in=["page", "data"]), name="copies_download_known_part"),
            models.CheckConstraint(
                condition=Q(taken_by__isnull=True, code__isnull=False) | Q(taken_by__isnull=False, code__isnull=True),
                name="copies_download_by_account_or_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package_id} {self.part}"
