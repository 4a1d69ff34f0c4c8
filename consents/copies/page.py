"""Put a customer's chain of the ledger into words, in the sentences their own pages use. Decides nothing.

Words are in the active language; the data file keeps the codes.
"""

import zipfile
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from consents.access.customers import presenting as access
from consents.access.models import AccessRequest
from consents.access.selectors import prefetch_categories
from consents.catalogue.selectors import map_purpose_names
from consents.choices.customers import presenting as choices
from consents.copies.contents import Facts, select_entries
from consents.core import countries
from consents.core.durations import get_home_day
from consents.exemptions.customers import presenting as exemptions
from consents.exemptions.models import Exemption
from consents.law.kinds import KINDS, Regime, explain_missing_right
from consents.law.reasons import REMEDIES
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_customer
from consents.people.models import Acting
from consents.rights.customers import steps as rights
from consents.rights.customers.forms import describe_period
from consents.rights.models import RightsRequest
from consents.rights.services.recording import list_authorities


class Line(NamedTuple):
    """A line of the record. `about`: purpose, and requester or number of the privacy request; may be empty."""

    text: str
    about: str


def build_lines(customer: UUID, entries: Iterable[Entry], holder: str = "") -> dict[int, Line]:
    """Return lines by the entry's place in the customer's chain, in a bounded number of queries. `holder` names the
    customer, if not as the reader.
    """
    all_entries, subjects = list(entries), map_subjects(customer)
    names = map_purpose_names({entry.purpose for entry in all_entries if entry.purpose})
    return {entry.sequence: build_line(entry, subjects.get(entry.object), names, holder) for entry in all_entries}


def name_any_holder(customer: UUID) -> str:
    """Name whoever acted, where several hold or have held the account: each of them may read the copy."""
    is_shared = Acting.objects.filter(customer=customer, capacity=Acting.Capacity.HOLDER).exists()
    return _("a holder of this account") if is_shared else ""


def map_subjects(customer: UUID) -> dict[str, AccessRequest | Exemption]:
    access_requests = prefetch_categories(AccessRequest.objects.filter(customer=customer))
    exempted = Exemption.objects.filter(customer=customer).prefetch_related("exempted__category")
    subjects: list[AccessRequest | Exemption] = [*access_requests.select_related("staff__staff_member"), *exempted]
    return {str(subject.pk): subject for subject in subjects}


def build_line(
    entry: Entry, subject: AccessRequest | Exemption | None, names: dict[str, str], holder: str = ""
) -> Line:
    subjects = [
        names.get(entry.purpose, entry.purpose),
        subject.asked_as if subject else "",
        entry.facts.get("number", ""),
    ]
    text = describe_entry(entry, subject, holder)
    return Line(text, ", ".join(part for part in subjects if part and part not in text))


def describe_entry(entry: Entry, subject: AccessRequest | Exemption | None, holder: str = "") -> str:
    """Describe the entry, about a request or exemption if given; `holder` names the customer, if not as the reader."""
    other = {"representative": _("someone acting for this customer"), "customer": holder}.get(entry.actor_kind, "")
    if isinstance(subject, Exemption) or entry.event.startswith("exemption."):
        return exemptions.describe_exemption_entry(entry, subject if isinstance(subject, Exemption) else None, other)
    if subject:
        return access.describe_entry(subject, entry, other)
    if entry.event.startswith("consent."):
        return choices.describe_choice_event(entry, other)
    if entry.event.startswith("rights_request."):
        return rights.describe_step(entry, other)
    return describe_for_customer(entry, other)


def render_page(rights_request: RightsRequest, facts: Facts) -> str:
    """Render the page in the active language."""
    regime, today = Regime(rights_request.regime), get_home_day(facts["made_at"])
    rights = KINDS[regime].values()
    context = {
        "facts": add_names(deepcopy(facts), build_words(rights_request, facts)),
        "tables": [build_table(kind) for kind in facts["data"]],
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        "rights": [str(kind.type.label) for kind in rights if not explain_missing_right(regime, kind.type, today)],
        "zone": timezone.get_current_timezone_name(),
        "remedies": REMEDIES[regime],
        "authorities": list_authorities(regime, rights_request.jurisdiction),
        "period": describe_period(rights_request.scope_from, rights_request.scope_until)
        if rights_request.scope_from or rights_request.scope_until
        else "",
    }
    return render_to_string("copies/package.html", context)


def build_words(rights_request: RightsRequest, facts: Facts) -> dict[int, Line]:
    """Return the words of the entries by their place in the chain, if the copy contains the record."""
    return (
        build_lines(customer, select_entries(rights_request), name_any_holder(customer))
        if (customer := rights_request.customer_id) and "record" in facts
        else {}
    )


def add_names(facts: Facts, words: dict[int, Line]) -> Facts:
    """Replace codes of countries, purposes and events by words in the active language, in place."""
    names = map_purpose_names({item["purpose"] for item in facts.get("marks", []) if item["purpose"]})
    for item in facts["purposes"]:
        item["stored_in"] = [countries.get_country_name(code) for code in item["stored_in"]]
    if "person" in facts:
        facts["person"]["country"] = countries.get_country_name(facts["person"]["country"])
    for mark in facts.get("marks", []):
        mark["purpose"] = names.get(mark["purpose"], mark["purpose"])
    steps = [step for choice in facts.get("choices", []) for step in choice["history"]]
    for item in [*facts.get("record", []), *steps]:
        item["words"] = words[item["sequence"]]
    return facts


def build_table(kind: Facts) -> dict[str, Any]:
    """Build columns and rows of one category, leaving out fields without any value."""
    labels = kind.get("labels", {})
    keys = [key for key in labels if any(record.get(key) for record in kind["records"])]
    keys += sorted({key for record in kind["records"] for key in record} - set(labels))
    return kind | {
        "columns": [labels.get(key, key) for key in keys],
        "rows": [[(labels.get(key, key), record.get(key, "")) for key in keys] for record in kind["records"]],
    }


ALWAYS = datetime(1980, 1, 1).timetuple()[:6]  # the archive says nothing about when


class Outlet:
    """Take what the archive writes until it is handed on. It has no `tell`: the archive goes forward alone."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Hold on to it until `take`."""

    def take(self) -> bytes:
        taken, self.held = b"".join(self.held), []
        return taken


def write_archive(entries: Iterable[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    """Yield the archive of these paths with their contents."""
    outlet = Outlet()
    forward: Any = outlet
    with zipfile.ZipFile(forward, "w", zipfile.ZIP_STORED) as archive:
        for path, content in entries:
            with archive.open(zipfile.ZipInfo(path, ALWAYS), "w", force_zip64=True) as entry:
                for chunk in content:
                    entry.write(chunk)
                    yield outlet.take()
    yield outlet.take()
