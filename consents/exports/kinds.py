"""The codes of datasets and formats. Importable without settings or database, for offline verification."""

from enum import StrEnum


class Dataset(StrEnum):
    REQUESTS = "requests"
    METRICS = "metrics"
    CONSENT_EVENTS = "consent_events"
    ACCESS_LOG = "access_log"
    PROCESSING = "processing"
    CATALOGUE = "catalogue"
    EXEMPTIONS = "exemptions"
    TRAINING = "training"
    REPORTS = "reports"
    ALERTS = "alerts"
    BLOCKS = "blocks"
    ASSENTS = "assents"
    INSIGHTS = "insights"
    ERASURES = "erasures"
    HOLDS = "holds"
    STAFF_RIGHTS = "staff_rights"
    BREACHES = "breaches"


class Format(StrEnum):
    CSV = "csv"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"
    PDF = "pdf"
