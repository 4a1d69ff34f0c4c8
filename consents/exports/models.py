import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow
from consents.core.coded_fields import CodedField
from consents.core.json_shapes import is_texts_by_name
from consents.exports import rules
from consents.people.models import User


class Export(AppendOnlyModel):
    """A requested export, committed before its first byte leaves. Without a result it was never completed.

    `version`: of the dataset's description. `chosen`: filter names and codes. `reason`: the officer's own words, which
    stay in this table and the manifest; the ledger gets only codes and dates.
    """

    class Dataset(models.TextChoices):
        REQUESTS = rules.Dataset.REQUESTS.value, _("privacy requests")
        METRICS = rules.Dataset.METRICS.value, _("metrics of privacy requests")
        CONSENT_EVENTS = rules.Dataset.CONSENT_EVENTS.value, _("consent events")
        ACCESS_LOG = rules.Dataset.ACCESS_LOG.value, _("access and disclosure log")
        PROCESSING = rules.Dataset.PROCESSING.value, _("register of processing")
        CATALOGUE = rules.Dataset.CATALOGUE.value, _("changes of the catalogue")
        EXEMPTIONS = rules.Dataset.EXEMPTIONS.value, _("exemptions")
        TRAINING = rules.Dataset.TRAINING.value, _("training register")
        REPORTS = rules.Dataset.REPORTS.value, _("reports of looks")
        ALERTS = rules.Dataset.ALERTS.value, _("signs of a bypass")
        BLOCKS = rules.Dataset.BLOCKS.value, _("blocks")
        ASSENTS = rules.Dataset.ASSENTS.value, _("yes of single holders")
        INSIGHTS = rules.Dataset.INSIGHTS.value, _("questions for statistics")
        ERASURES = rules.Dataset.ERASURES.value, _("erasures")
        HOLDS = rules.Dataset.HOLDS.value, _("legal holds")
        STAFF_RIGHTS = rules.Dataset.STAFF_RIGHTS.value, _("rights of staff")
        BREACHES = rules.Dataset.BREACHES.value, _("data breaches")

    class Format(models.TextChoices):
        CSV = rules.Format.CSV.value, _("CSV, for spreadsheets and databases")
        JSON_LINES = rules.Format.JSON_LINES.value, _("JSON Lines, for programs")
        XLSX = rules.Format.XLSX.value, _("XLSX, for Excel and LibreOffice")
        PDF = rules.Format.PDF.value, _("PDF, to read and to print")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = CodedField(_("records"), max_length=20, choices=Dataset)
    version = models.PositiveSmallIntegerField()
    format = CodedField(max_length=10, choices=Format)
    from_date = models.DateField(_("from"))
    until_date = models.DateField(_("until"))
    time_zone = models.CharField(max_length=60)
    chosen = models.JSONField(default=dict)
    personal = models.BooleanField(_("personal columns"), default=False)
    reason = models.CharField(_("what it is for"), max_length=200)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("asked for"), db_default=DatabaseNow())
    filename = models.CharField(_("file name"), max_length=80)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                condition=Q(dataset__in=[d.value for d in rules.Dataset]), name="exports_export_known_dataset"
            ),
            models.CheckConstraint(
                condition=Q(format__in=[f.value for f in rules.Format]), name="exports_export_known_format"
            ),
            models.CheckConstraint(
                condition=~Q(format="pdf") | Q(dataset__in=["processing", "metrics"]),
                name="exports_export_document_of_register",
            ),
            models.CheckConstraint(condition=Q(until_date__gt=F("from_date")), name="exports_export_period_not_empty"),
            models.CheckConstraint(condition=is_texts_by_name("chosen"), name="exports_export_chosen"),
            models.CheckConstraint(condition=~Q(reason=""), name="exports_export_says_why"),
            models.CheckConstraint(
                condition=Q(personal=False) | Q(made_by__isnull=False), name="exports_export_personal_has_officer"
            ),
        ]
        indexes = [models.Index(fields=["-made_at"], name="exports_export_by_time")]

    def __str__(self) -> str:
        return capfirst(self.get_dataset_display())

    @property
    def agreed_at(self) -> datetime | None:
        """Return when a second officer approved its personal columns; None if not yet."""
        return self.approval.approved_at if hasattr(self, "approval") else None


class Approval(AppendOnlyModel):
    """A second officer's approval of personal columns. The database refuses the officer who requested the export."""

    export = models.OneToOneField(Export, on_delete=models.PROTECT, primary_key=True, related_name="approval")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(db_default=DatabaseNow())

    def __str__(self) -> str:
        return str(self.export_id)


class ExportResult(AppendOnlyModel):
    """The outcome of a completed export, recorded with its last byte, so that copies can be compared with it.

    `rows`, `size` (bytes) and `sha256` describe the file of records; `manifest` is the digest of the signed bytes.
    """

    export = models.OneToOneField(Export, on_delete=models.PROTECT, primary_key=True, related_name="result")
    rows = models.BigIntegerField()
    size = models.BigIntegerField()
    sha256 = models.CharField("SHA-256", max_length=64)
    manifest = models.CharField(max_length=64)
    finished_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rows__gte=0, size__gte=0), name="exports_result_counts"),
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$", manifest__regex="^[0-9a-f]{64}$"),
                name="exports_result_digest",
            ),
        ]

    def __str__(self) -> str:
        return str(self.export_id)
