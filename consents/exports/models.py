from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consents.core.append_only import AppendOnlyModel
from consents.core.canonical import is_texts_by_name
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.exports import rules
from consents.people.models import User


class Export(RandomIdModel, AppendOnlyModel):
    """A requested export, committed before its first byte leaves. Without a result it was never completed.

    `version`: of the dataset's description. `chosen`: filter names and codes. `reason`: the officer's own words, which
    stay in this table and the manifest; the ledger gets only codes and dates.
    """

    dataset = CodedField(_("records"), max_length=20, choices=rules.Dataset)
    version = models.PositiveSmallIntegerField()
    format = CodedField(max_length=10, choices=rules.Format)
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
            models.CheckConstraint(condition=Q(dataset__in=rules.Dataset.values), name="exports_export_known_dataset"),
            models.CheckConstraint(condition=Q(format__in=rules.Format.values), name="exports_export_known_format"),
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
