"""Put a customer's chain of the ledger into words, in the sentences their own pages use. Decides nothing.

Words are in the active language; the data file keeps the codes.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consents.access.customers import presenting as access
from consents.access.models import AccessRequest
from consents.access.selectors import prefetch_categories
from consents.catalogue.models import PurposeVersion
from consents.choices.customers import presenting as choices
from consents.exemptions.customers import presenting as exemptions
from consents.exemptions.models import Exemption
from consents.ledger.models import Entry
from consents.rights.customers import timeline as rights

# Events of marks, and those that none of the customer's pages shows.
OTHERS = {
    "restriction.placed": _("The use of your data was paused."),
    "restriction.lift_announced": _("We told you that the pause ends."),
    "restriction.lifted": _("The pause ended."),
    "objection.placed": _("You objected, and we stopped."),
    "objection.lift_announced": _("We told you that your objection ends."),
    "objection.lifted": _("Your objection ended."),
    "limit.placed": _("You limited the use of sensitive data."),
    "limit.lift_announced": _("We told you that your limit ends."),
    "limit.lifted": _("Your limit ended."),
    "block.placed": _("A person, a team or everybody was blocked from asking for your data."),
    "block.lifted": _("A block ended."),
    "vault.stored": _("Data about you was stored or changed."),
    "vault.own_copy": _("Your data was read to show it to you, or to make a copy for you."),
    "choices.digest_queued": _("We reminded you of your choices."),
    "digests.chosen": _("You chose how often we remind you of your choices."),
    "address.failed": _("An email to you did not arrive."),
    "address.restored": _("Email reaches you again."),
    "message.retried": _("We sent you an email again."),
    "customer.recorded": _("Your record with us was opened."),
    "customer.looked_up": _("A member of our staff looked up your record by your number or address."),
    "customer.address_changed": _("Your email address on file changed."),
    "customer.language_chosen": _("You chose your language."),
    "look_report.filed": _("You reported a look at your data."),
    "look_report.answered": _("Whoever looked said why, to the officer who decides about your report."),
    "look_report.decided": _("An officer decided about a look you reported."),
    "account.locked": _("Someone who signs in for you locked their access."),
    "account.unlocked": _("A locked access was unlocked after proof in two ways."),
    "session.ended": _("You signed out on other devices."),
    "record.claimed": _("Your account was connected to your record."),
    "guardian.accepted": _("A person who may act for you was recorded."),
    "acting.ended": _("A person who could act for you no longer can."),
    "claim_code.proposed": _("An officer proposed a code with which someone can act for you."),
    "claim_code.approved": _("Another officer approved the code with which someone can act for you."),
    "claim_code.printed": _("We printed the code with which someone can act for you."),
    "claim_code.cancelled": _("We cancelled a code with which someone could have acted for you."),
    "erasure.proposed": _("An officer proposed to erase your data."),
    "erasure.cancelled": _("The proposal to erase your data was cancelled."),
    "part_erasure.proposed": _("An officer proposed to erase part of your data."),
    "part_erasure.cancelled": _("The proposal to erase part of your data was cancelled."),
    "customer.part_erased": _("Part of your data was erased."),
    "customer.erased": _("Your data was erased."),
    "legal_hold.placed": _("Since then the law has required us to keep your data."),
    "legal_hold.lifted": _("The law no longer requires us to keep your data."),
    "history.opened": _("One of our officers reviewed the history of your data."),
}


class Line(NamedTuple):
    """A line of the record. `about`: purpose, and requester or number of the privacy request; may be empty."""

    text: str
    about: str


def build_lines(customer: UUID, entries: Iterable[Entry]) -> dict[int, Line]:
    """Return lines by the entry's place in the customer's chain, in a bounded number of queries."""
    all_entries, subjects = list(entries), get_access_requests(customer) | get_exemptions(customer)
    names = find_purpose_names({entry.purpose for entry in all_entries if entry.purpose})
    return {entry.sequence: build_line(entry, subjects.get(entry.object), names) for entry in all_entries}


def get_access_requests(customer: UUID) -> dict[str, AccessRequest | Exemption]:
    access_requests = prefetch_categories(AccessRequest.objects.filter(customer=customer)).select_related(
        "staff__staff_member"
    )
    return {str(access_request.pk): access_request for access_request in access_requests}


def get_exemptions(customer: UUID) -> dict[str, AccessRequest | Exemption]:
    exemptions = Exemption.objects.filter(customer=customer).prefetch_related("exempted__category")
    return {str(exemption.pk): exemption for exemption in exemptions}


def find_purpose_names(codes: set[str]) -> dict[str, str]:
    """Map purpose codes to their latest names; retired purposes included."""
    versions = PurposeVersion.objects.filter(purpose__code__in=codes, published_at__isnull=False)
    newest = versions.order_by("purpose__code", "-number").distinct("purpose__code")
    named = newest.select_related("purpose").prefetch_related("notices")
    return {version.purpose.code: version.name for version in named}


def build_line(entry: Entry, subject: AccessRequest | Exemption | None, names: dict[str, str]) -> Line:
    subjects = [
        names.get(entry.purpose, entry.purpose),
        subject.asked_as if subject else "",
        entry.facts.get("number", ""),
    ]
    text = describe_entry(entry, subject) or entry.event.replace(".", " ").replace("_", " ")
    return Line(text, ", ".join(part for part in subjects if part and part not in text))


def describe_entry(entry: Entry, subject: AccessRequest | Exemption | None) -> str:
    """Describe the entry, about a request or an exemption if given; '' if there are no words for it."""
    other = str(_("someone acting for this customer")) if entry.actor_kind == "representative" else ""
    if isinstance(subject, Exemption) or entry.event.startswith("exemption."):
        return exemptions.describe_exemption_entry(entry, subject if isinstance(subject, Exemption) else None)
    if subject:
        return access.describe_entry(subject, entry, other)
    if entry.event.startswith("consent."):
        return choices.describe_choice_event(entry, entry.facts, other)
    if entry.event.startswith("rights_request."):
        return rights.describe_step(entry)
    return str(OTHERS.get(entry.event, ""))
