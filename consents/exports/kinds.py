"""Name the datasets and the formats. Importable without settings or database, for offline verification."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Dataset(TextChoices):
    REQUESTS = "requests", _("privacy requests")
    METRICS = "metrics", _("metrics of privacy requests")
    CONSENT_EVENTS = "consent_events", _("consent events")
    ACCESS_LOG = "access_log", _("access and disclosure log")
    PROCESSING = "processing", _("register of processing")
    CATALOGUE = "catalogue", _("changes of the catalogue")
    EXEMPTIONS = "exemptions", _("exemptions")
    TRAINING = "training", _("training register")
    REPORTS = "reports", _("reports of looks")
    ALERTS = "alerts", _("signs of a bypass")
    BLOCKS = "blocks", _("blocks")
    ASSENTS = "assents", _("yes of single holders")
    INSIGHTS = "insights", _("questions for statistics")
    ERASURES = "erasures", _("erasures")
    HOLDS = "holds", _("legal holds")
    STAFF_RIGHTS = "staff_rights", _("rights of staff")
    BREACHES = "breaches", _("data breaches")


class Format(TextChoices):
    CSV = "csv", _("CSV, for spreadsheets and databases")
    JSON_LINES = "jsonl", _("JSON Lines, for programs")
    XLSX = "xlsx", _("XLSX, for Excel and LibreOffice")
    PDF = "pdf", _("PDF, to read and to print")
