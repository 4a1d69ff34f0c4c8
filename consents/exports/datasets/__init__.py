"""The datasets: one description each, from which query, data dictionary, form and verification follow."""

from consents.exports.datasets import access_log, consent_events, metrics, processing, requests
from consents.exports.describing import Column, Description, Filter, Type
from consents.exports.rules import Dataset

DESCRIPTIONS: dict[Dataset, Description] = {
    Dataset.REQUESTS: requests.DESCRIPTION,
    Dataset.METRICS: metrics.DESCRIPTION,
    Dataset.CONSENT_EVENTS: consent_events.DESCRIPTION,
    Dataset.ACCESS_LOG: access_log.DESCRIPTION,
    Dataset.PROCESSING: processing.DESCRIPTION,
}

__all__ = ["DESCRIPTIONS", "Column", "Description", "Filter", "Type"]
