"""Tell customers what happened to their request."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.utils.translation import ngettext

from consents.ledger.event_words import describe_for_customer, get_event_words
from consents.ledger.models import Entry


def describe_step(entry: Entry, other: str) -> str:
    """Describe a step in a whole sentence, as a copy of one's data tells it; `other`: who did it, if not the reader."""
    return describe_for_customer(entry, other).rstrip(".") + "."


def build_timeline(entries: list[Entry], others: Mapping[str, str]) -> list[dict[str, Any]]:
    """Build lines for components/timeline.html. `others`: names of everybody but the reader who acts for the customer,
    by user id.
    """
    shown = [entry for entry in entries if not get_event_words(entry).is_in_copy_only]
    return [line for _, same in groupby(shown, is_search) for line in build_step_lines(list(same), others)]


def is_search(entry: Entry) -> bool:
    return entry.event == "rights_request.system_searched"


def build_step_lines(entries: list[Entry], others: Mapping[str, str]) -> list[dict[str, Any]]:
    """Build a line for each entry, but one for systems searched one after the other: which they are, is not said."""
    if len(entries) > 1 and is_search(entries[0]):
        words = ngettext(
            "We searched %(n)d system for your data", "We searched %(n)d systems for your data", len(entries)
        )
        return [{"at": max(entry.occurred_at for entry in entries), "text": words % {"n": len(entries)}}]
    return [
        {"at": entry.occurred_at, "text": describe_for_customer(entry, others.get(entry.actor, ""))}
        for entry in entries
    ]
