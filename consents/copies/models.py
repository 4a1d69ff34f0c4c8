from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.copies.file_checks import KINDS
from consents.copies.rules import MAX_TRIES, LeftOut
from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.people.models import Customer, User
from consents.rights.models import RightsRequest
from consents.rights.rules import CodeEnd, DeliveryWay


class Package(RandomIdModel):
    """The copy of a customer's data for one request, as a page and as data, sealed under the customer's own key.

    It can be downloaded until `ends_at`; then its content is removed. Nothing else ever changes (by trigger).
    """

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


class CollectionCode(RandomIdModel):
    """A code that downloads one package without an account. Its keyed hash is removed together with the package.

    `made_by` is None if the portal emailed it by itself. `tries`: wrong codes entered for its request. Created, tried
    and ended only on record (by trigger).
    """

    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="codes")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    code_hash = models.BinaryField(null=True, max_length=32, unique=True)
    way = CodedField(
        max_length=10, choices=[(way.value, way.label) for way in DeliveryWay if way != DeliveryWay.ACCOUNT]
    )
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=DatabaseNow())
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    end = CodedField(max_length=10, choices=CodeEnd, blank=True)

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
        ALL = "all", _("everything in one folder")

    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="downloads")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    part = CodedField(max_length=4, choices=Part)
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    code = models.ForeignKey(CollectionCode, null=True, on_delete=models.PROTECT, related_name="downloads")
    taken_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(part__in=["page", "data", "all"]), name="copies_download_known_part"),
            models.CheckConstraint(
                condition=Q(taken_by__isnull=True, code__isnull=False) | Q(taken_by__isnull=False, code__isnull=True),
                name="copies_download_by_account_or_code",
            ),
        ]


class AddedFile(RandomIdModel, AppendOnlyModel):
    """Keep what an officer found in a system and adds to the copy, before the answer: a file, or that one is left out.

    `left_out`: what of it is not sent, because it is about other people (Art 15(4)). Such parts are blacked out before
    the file is added, so that the portal never holds them. `sealed_about`: its name, its SHA-256 and, where something
    is left out, what and why in words for the customer; sealed, as the chunks are, under the customer's key.
    """

    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="added_files")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    system = models.CharField(max_length=60)
    kind = models.CharField(max_length=4, blank=True)
    size = models.BigIntegerField()
    left_out = CodedField(max_length=8, choices=LeftOut)
    sealed_about = models.BinaryField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left_out=LeftOut.WHOLE, kind="", size=0)
                | Q(left_out__in=[LeftOut.NOTHING, LeftOut.PART], kind__in=list(KINDS), size__gt=0),
                name="copies_addedfile_is_there_or_left_out",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class FileChunk(models.Model):
    """A piece of a file, sealed at its place. Goes when the file is taken out, and with the package it was sent in."""

    file = models.ForeignKey(AddedFile, on_delete=models.PROTECT, related_name="chunks", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="copies_filechunk_once")]

    def __str__(self) -> str:
        return f"{self.file_id} {self.number}"


class FileDecision(AppendOnlyModel):
    """A second officer agreed to what is left out, or a file was taken out of the copy again; before the answer."""

    class Outcome(models.TextChoices):
        AGREED = "agreed", _("agreed to")
        TAKEN_OUT = "taken_out", _("taken out")

    file = models.ForeignKey(AddedFile, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    outcome = CodedField(max_length=9, choices=Outcome)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "outcome"], name="copies_filedecision_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["agreed", "taken_out"]), name="copies_filedecision_known_outcome"
            ),
        ]
