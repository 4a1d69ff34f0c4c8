import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow
from consents.exports import rules
from consents.people.models import User


class Export(AppendOnlyModel):
    """Records taken out: committed before the first byte leaves. Without a result it never arrived whole.

    `reason` is an officer's own words and stays in this table; the ledger gets codes and dates.
    """

    class Dataset(models.TextChoices):
        ACCESS_LOG = rules.Dataset.ACCESS_LOG.value, _("access log")

    class Format(models.TextChoices):
        CSV = rules.Format.CSV.value, _("CSV")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.CharField(max_length=20, choices=Dataset)
    format = models.CharField(max_length=10, choices=Format)
    from_date = models.DateField(_("from"))
    until_date = models.DateField(_("until"))
    time_zone = models.CharField(max_length=60)
    reason = models.CharField(_("what it is for"), max_length=200)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=DatabaseNow())
    filename = models.CharField(_("file name"), max_length=80)

    class Meta:
        verbose_name = _("export")
        constraints = [
            models.CheckConstraint(
                condition=Q(dataset__in=[d.value for d in rules.Dataset]), name="exports_export_known_dataset"
            ),
            models.CheckConstraint(
                condition=Q(format__in=[f.value for f in rules.Format]), name="exports_export_known_format"
            ),
            models.CheckConstraint(condition=Q(until_date__gt=F("from_date")), name="exports_export_period_not_empty"),
            models.CheckConstraint(condition=~Q(reason=""), name="exports_export_says_why"),
        ]
        indexes = [models.Index(fields=["-made_at"], name="exports_export_by_time")]

    def __str__(self) -> str:
        return str(self.id)


class ExportResult(AppendOnlyModel):
    """What arrived: written when the last byte was handed over, so that a copy can be compared with it."""

    export = models.OneToOneField(Export, on_delete=models.PROTECT, primary_key=True, related_name="result")
    rows = models.BigIntegerField()
    size = models.BigIntegerField(help_text=_("In bytes."))
    sha256 = models.CharField("SHA-256", max_length=64)
    finished_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rows__gte=0, size__gte=0), name="exports_result_counts"),
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="exports_result_digest"),
        ]

    def __str__(self) -> str:
        return str(self.export_id)
