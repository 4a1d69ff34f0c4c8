from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.access.models import Grant
from consents.catalogue.models import Category, Purpose
from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.core.row_checks import require_all_or_none
from consents.disclosures.reports.rules import Concern, Finding
from consents.disclosures.telling.rules import HowOften
from consents.people.models import Customer, User


class Opening(RandomIdModel, AppendOnlyModel):
    """A recorded reading of the vault: by grant (a disclosure), own copy, for statistics, or for a correction.

    The moment, the transaction's id and the session (`xid` and `session`, columns the model does not name) are set by
    the database; the application role has no right to set them. One for statistics names the member of staff who asked,
    and no customer; one for a correction the single `field` and the rights `request` that says it is wrong.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", _("with permission")
        OWN_COPY = "own_copy", _("own copy")
        STATISTICS = "statistics", _("for statistics")
        CORRECTION = "correction", _("for a correction")

    kind = CodedField(max_length=10, choices=Kind)
    staff = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.ForeignKey(Purpose, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    grant = models.ForeignKey(Grant, null=True, on_delete=models.PROTECT, related_name="openings", db_index=False)
    field = models.CharField(max_length=60, blank=True, default="", db_default="")
    request = models.UUIDField(null=True)
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
                | Q(
                    kind="statistics",
                    staff__isnull=False,
                    customer__isnull=True,
                    category__isnull=False,
                    purpose__isnull=False,
                    grant__isnull=True,
                )
                | Q(
                    kind="correction",
                    staff__isnull=False,
                    customer__isnull=False,
                    category__isnull=False,
                    purpose__isnull=True,
                    grant__isnull=True,
                ),
                name="disclosures_opening_says_what",
            ),
            models.CheckConstraint(
                condition=Q(~Q(field=""), kind="correction", request__isnull=False)
                | Q(~Q(kind="correction"), request__isnull=True, field=""),
                name="disclosures_opening_of_one_field",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-opened_at"], name="disclosures_opening_of_cust"),
            models.Index(fields=["opened_at"], name="disclosures_opening_by_time"),
            models.Index(fields=["opened_at"], condition=Q(kind="statistics"), name="disclosures_opening_counted"),
        ]

    def __str__(self) -> str:
        return str(self.id)


# By which staff look at the data of one customer.
LOOKS_OF_STAFF = (Opening.Kind.GRANT, Opening.Kind.CORRECTION)


class LookReport(RandomIdModel):
    """A customer's report that one look does not seem right: a case with a clock, answered once.

    The member who looked may answer once, an officer decides once; nothing else changes (by trigger). All words are
    sealed under the customer's key. A trigger copies `customer` from the opening.
    """

    opening = models.OneToOneField(Opening, on_delete=models.PROTECT, related_name="report")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", editable=False)
    concern = CodedField(max_length=12, choices=Concern)
    sealed_words = models.BinaryField(null=True)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    reported_at = models.DateTimeField(db_default=DatabaseNow())
    due_at = models.DateTimeField()
    sealed_answer = models.BinaryField(null=True)
    answered_at = models.DateTimeField(null=True)
    finding = CodedField(max_length=12, choices=Finding, blank=True)
    sealed_finding = models.BinaryField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("report of a look")
        verbose_name_plural = _("reports of looks")
        constraints = [
            models.CheckConstraint(condition=Q(concern__in=Concern.values), name="disclosures_report_known_concern"),
            models.CheckConstraint(condition=Q(due_at__gt=F("reported_at")), name="disclosures_report_due_later"),
            require_all_or_none("sealed_answer", "answered_at", name="disclosures_report_answer_and_when"),
            models.CheckConstraint(
                condition=Q(finding="", sealed_finding__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    finding__in=Finding.values,
                    sealed_finding__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="disclosures_report_decided_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(decided_at__isnull=True), name="disclosures_report_open")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Return the number that both sides name."""
        return f"LR-{str(self.pk)[:8].upper()}"


class LookNews(models.Model):
    """Keeps how often a customer is told of looks at their data, and up to which entry of their chain they have been.

    `due_at`: when there is something to tell, or to plan; None where nothing waits. `digest_at`: the planned email
    about looks with permission. Without a row nobody has looked, and they are told daily.
    """

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, related_name="+")
    how_often = CodedField(max_length=10, choices=HowOften, default=HowOften.DAILY, db_default=HowOften.DAILY)
    due_at = models.DateTimeField(null=True)
    digest_at = models.DateTimeField(null=True)
    allowed_until = models.BigIntegerField(default=0, db_default=0)
    exempted_until = models.BigIntegerField(default=0, db_default=0)
    refused_until = models.BigIntegerField(default=0, db_default=0)
    refused_told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(how_often__in=HowOften.values), name="disclosures_looknews_known")
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="disclosures_looknews_due")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.how_often}"
