"""A customer's receipts, and what stands now. Reads the ledger; nothing is stored for a receipt."""

from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from consents.catalogue.models import PurposeVersion
from consents.choices.receipts.claims import Verified
from consents.choices.receipts.issuing import ISSUERS, Group
from consents.ledger.models import Entry

MOST_NUMBER = 2**63 - 1


def of_customer(customer: UUID, *, group: str = "", purpose: str = "") -> QuerySet[Entry]:
    """Entries that have a receipt, newest first."""
    found = Entry.objects.filter(any_of(group), customer=customer).order_by("-id")
    return found.filter(purpose=purpose) if purpose else found


def any_of(group: str) -> Q:
    """Of one group, or of all."""
    issuers = ISSUERS.values()
    if not group:
        return reduce(or_, (issuer.entries for issuer in issuers))
    return reduce(or_, (issuer.entries & Q(outcome__in=issuer.in_group(Group(group))) for issuer in issuers))


def one_of_customer(customer: UUID, sequence: int) -> Entry | None:
    """By its place in the customer's own chain. None when it is not theirs or has no receipt."""
    if not 0 < sequence <= MOST_NUMBER:
        return None
    return of_customer(customer).filter(chain=str(customer), sequence=sequence).first()


def purposes_of(customer: UUID) -> list[str]:
    """What this customer has receipts about."""
    return sorted(set(of_customer(customer).order_by().values_list("purpose", flat=True).distinct()))


def names_of(purposes: set[str]) -> dict[str, str]:
    """How each purpose is called now, also a retired one: two queries."""
    versions = PurposeVersion.objects.filter(purpose__code__in=purposes, published_at__isnull=False)
    newest = versions.order_by("purpose_id", "-number").distinct("purpose_id")
    return {
        version.purpose.code: version.name for version in newest.select_related("purpose").prefetch_related("notices")
    }


def entry_of(receipt: Verified) -> Entry | None:
    """The entry that a genuine receipt is about. None when this ledger has no such entry."""
    about = Entry.objects.filter(object=receipt.record_id, customer=receipt.customer)
    return about.filter(hash=receipt.entry).first()


def stands(entry: Entry, now: datetime) -> bool:
    """Whether the consent of this record is in force."""
    return ISSUERS[entry.object_type].stands(entry.object, now)
