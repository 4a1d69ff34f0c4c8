"""Put a customer's chain of the ledger into words, in the sentences their own pages use. Decides nothing.

Words are in the active language; the data file keeps the codes.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from consents.access.customers import presenting as access
from consents.access.models import AccessRequest
from consents.access.selectors import prefetch_categories
from consents.catalogue.selectors import map_purpose_names
from consents.choices.customers import presenting as choices
from consents.exemptions.customers import presenting as exemptions
from consents.exemptions.models import Exemption
from consents.ledger.event_words import describe_for_customer
from consents.ledger.models import Entry
from consents.people.models import Acting
from consents.rights.customers import timeline as rights


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
    """Map the ids of what entries are about to the requests for access and exemptions."""
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
