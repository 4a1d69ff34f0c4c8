"""The datasets: one description each, from which query, data dictionary, form and verification follow."""

from consents.exports.datasets import (
    access_log,
    alerts,
    assents,
    blocks,
    breaches,
    catalogue,
    consent_events,
    erasures,
    exemptions,
    holds,
    insights,
    metrics,
    processing,
    reports,
    requests,
    staff_rights,
    training,
)
from consents.exports.describing import Description
from consents.exports.rules import Dataset

DESCRIPTIONS: dict[Dataset, Description] = {
    Dataset.REQUESTS: requests.DESCRIPTION,
    Dataset.METRICS: metrics.DESCRIPTION,
    Dataset.CONSENT_EVENTS: consent_events.DESCRIPTION,
    Dataset.ACCESS_LOG: access_log.DESCRIPTION,
    Dataset.PROCESSING: processing.DESCRIPTION,
    Dataset.CATALOGUE: catalogue.DESCRIPTION,
    Dataset.EXEMPTIONS: exemptions.DESCRIPTION,
    Dataset.TRAINING: training.DESCRIPTION,
    Dataset.REPORTS: reports.DESCRIPTION,
    Dataset.ALERTS: alerts.DESCRIPTION,
    Dataset.BLOCKS: blocks.DESCRIPTION,
    Dataset.ASSENTS: assents.DESCRIPTION,
    Dataset.INSIGHTS: insights.DESCRIPTION,
    Dataset.ERASURES: erasures.DESCRIPTION,
    Dataset.HOLDS: holds.DESCRIPTION,
    Dataset.STAFF_RIGHTS: staff_rights.DESCRIPTION,
    Dataset.BREACHES: breaches.DESCRIPTION,
}
