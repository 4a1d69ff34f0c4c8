"""Tell customers what happened to their request."""

from typing import Any

from consents.ledger.event_words import describe_for_customer, get_event_words
from consents.ledger.models import Entry


def describe_step(entry: Entry) -> str:
    """Describe a step in a whole sentence, as a copy of one's data tells it."""
    return describe_for_customer(entry).rstrip(".") + "."


def build_timeline(entries: list[Entry]) -> list[dict[str, Any]]:
    shown = [entry for entry in entries if not get_event_words(entry).is_in_copy_only]
    return [{"at": entry.occurred_at, "text": describe_for_customer(entry)} for entry in shown]
