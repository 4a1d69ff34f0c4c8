"""Tell customers what happened to their request."""

from collections.abc import Mapping
from typing import Any

from consents.ledger.event_words import describe_for_customer, get_event_words
from consents.ledger.models import Entry


def describe_step(entry: Entry) -> str:
    """Describe a step in a whole sentence, as a copy of one's data tells it."""
    return describe_for_customer(entry).rstrip(".") + "."


def build_timeline(entries: list[Entry], others: Mapping[str, str]) -> list[dict[str, Any]]:
    """Build lines for components/timeline.html. `others`: names of everybody but the reader who acts for the customer,
    by user id.
    """
    shown = [entry for entry in entries if not get_event_words(entry).is_in_copy_only]
    return [
        {"at": entry.occurred_at, "text": describe_for_customer(entry, others.get(entry.actor, ""))} for entry in shown
    ]
