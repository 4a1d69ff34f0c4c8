"""The journal of one customer in words: a sentence for each entry, as the pages of the rooms say it. Decides nothing.

In the active language. The file for programs keeps the codes.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consents.access import presenting as access
from consents.access.models import AccessRequest
from consents.access.selectors import with_categories
from consents.catalogue.models import PurposeVersion
from consents.choices import presenting as choices
from consents.ledger.models import Entry
from consents.rights import timeline as rights

# Marks, and what no page of the customer's tells.
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
    "vault.stored": _("Data about you was stored or changed."),
    "vault.own_copy": _("Your data was read to show it to you, or to make a copy for you."),
    "choices.digest_queued": _("We reminded you of your choices."),
    "digests.chosen": _("You chose how often we remind you of your choices."),
    "address.failed": _("A mail to you did not arrive."),
    "address.restored": _("Mail reaches you again."),
    "message.retried": _("We sent a mail to you once more."),
    "customer.recorded": _("Your record with us was opened."),
    "customer.looked_up": _("Somebody of our staff looked up your record by your number or address."),
    "customer.address_changed": _("Your email address on file changed."),
    "customer.language_chosen": _("You chose your language."),
    "account.opened": _("You opened an account here."),
    "record.claimed": _("Your account was joined to your record."),
    "guardian.accepted": _("Somebody who may act for you was entered."),
    "claim_code.made": _("We printed a code with which an account can be joined to your record."),
    "erasure.proposed": _("It was proposed to erase your data."),
    "erasure.cancelled": _("The proposal to erase your data was taken back."),
    "part_erasure.proposed": _("It was proposed to erase a part of your data."),
    "part_erasure.cancelled": _("The proposal to erase a part of your data was taken back."),
    "customer.part_erased": _("A part of your data was erased."),
    "customer.erased": _("Your data was erased."),
    "legal_hold.placed": _("From now on the law keeps us from erasing your data."),
    "legal_hold.lifted": _("The law does not keep us from erasing your data any more."),
    "history.opened": _("An officer of ours looked over what happened with your data."),
}


class Line(NamedTuple):
    """`about`: the purpose, and who asked for access or the number of the privacy request; empty where it is none."""

    text: str
    about: str


def lines(customer: UUID, entries: Iterable[Entry]) -> dict[int, Line]:
    """By the place of the entry in the customer's chain; a bounded number of queries."""
    rows, found = asked(customer), list(entries)
    names = names_of({entry.purpose for entry in found if entry.purpose})
    return {entry.sequence: line(entry, rows.get(entry.object), names) for entry in found}


def asked(customer: UUID) -> dict[str, AccessRequest]:
    rows = with_categories(AccessRequest.objects.filter(customer=customer)).select_related("staff__staff_member")
    return {str(row.pk): row for row in rows}


def names_of(codes: set[str]) -> dict[str, str]:
    """As each purpose was called last, also where it is retired."""
    versions = PurposeVersion.objects.filter(purpose__code__in=codes, published_at__isnull=False)
    newest = versions.order_by("purpose__code", "-number").distinct("purpose__code")
    rows = newest.select_related("purpose").prefetch_related("notices")
    return {version.purpose.code: version.name for version in rows}


def line(entry: Entry, row: AccessRequest | None, names: dict[str, str]) -> Line:
    about = [names.get(entry.purpose, entry.purpose), row.asked_as if row else "", entry.facts.get("number", "")]
    text = sentence(entry, row) or entry.event.replace(".", " ").replace("_", " ")
    return Line(text, ", ".join(part for part in about if part and part not in text))


def sentence(entry: Entry, row: AccessRequest | None) -> str:
    """Empty for what has no words here. `row`: the access request that it is about."""
    if row:
        return access.history_line(row, entry)
    if entry.event.startswith("consent."):
        return choices.sentence(entry, entry.facts)
    if entry.event.startswith("rights_request."):
        return rights.sentence(entry)
    return str(OTHERS.get(entry.event, ""))
