"""Put recorded events into words for both their readers. Each room registers its own events in its `events.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consents.ledger.models import Entry

type Words = str | Promise
type Case = str | Callable[[Entry], bool]  # an outcome, or a function of the entry


@dataclass(frozen=True)
class EventWords:
    """Tell of an event: `customer` on the customer's pages and in their copies, `staff` on those of the staff.

    `customer` is empty for what is no customer's. `other`: said to the customer of someone else who acts for them.
    `export`: its name in exports. `is_in_copy_only`: no page shows it. `variants`: what is said of some
    entries instead, the first of several; staff read the same unless it says otherwise.
    """

    customer: Words
    staff: Words = ""
    other: Words = ""
    export: Words = ""
    is_in_copy_only: bool = False
    variants: Mapping[Case, "EventWords"] = field(default_factory=dict)


def is_case(entry: Entry, case: Case) -> bool:
    return entry.outcome == case if isinstance(case, str) else case(entry)


registered: dict[str, EventWords] = {}


def register_events(events: dict[str, EventWords]) -> dict[str, EventWords]:
    """Register the events of a room and return them. Raises ImproperlyConfigured for one that has words already."""
    if twice := registered.keys() & events.keys():
        raise ImproperlyConfigured(f"These events have words already: {', '.join(sorted(twice))}.")
    registered.update(events)
    return events


def get_event_words(entry: Entry) -> EventWords:
    """Return its words; an event without any, which an older portal may have recorded, is told by its name."""
    name = entry.event.replace(".", " ").replace("_", " ")
    words = registered.get(entry.event, EventWords(name, name))
    chosen = next((variant for case, variant in words.variants.items() if is_case(entry, case)), words)
    return replace(chosen, staff=chosen.staff or words.staff, is_in_copy_only=words.is_in_copy_only)


def describe_for_customer(entry: Entry, other: str = "", **about: Any) -> str:
    """Describe an entry to its customer. `other`: who did it, if not the reader; `about`: who and what it names."""
    words = get_event_words(entry)
    sentence = str((other and words.other) or words.customer)
    unnamed = {"who": _("Someone on our staff"), "recorder": _("one of our officers")}
    return capfirst(sentence % (unnamed | build_facts(entry) | {"other": other} | about))


def describe_for_staff(entry: Entry, **about: Any) -> str:
    unnamed = {"who": _("A member of staff"), "recorder": _("an officer")}
    return str(get_event_words(entry).staff) % (unnamed | build_facts(entry) | about)


def build_facts(entry: Entry) -> dict[str, Any]:
    facts = entry.facts
    return {"what": facts.get("category", ""), "number": facts.get("version", "")}
