"""A customer's receipts, and what stands now. Reads the ledger; nothing is stored for a receipt."""

from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from consents.catalogue.models import PurposeVersion
from consents.choices.receipts.claims import Verified
from consents.choices.receipts.issuing import ISSUERS, Group, Now
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


def standing(entry: Entry, now: datetime) -> Now:
    """What has become of this one act: a later yes in the same record does not bring an ended one back."""
    issuer = ISSUERS[entry.object_type]
    about = Entry.objects.filter(issuer.entries, object=entry.object, customer=entry.customer, id__gt=entry.pk)
    since = {issuer.outcomes[outcome] for outcome in about.values_list("outcome", flat=True)}
    is_yes, is_in_force = issuer.outcomes[entry.outcome] == Group.AGREED, issuer.stands(entry.object, now)
    if is_yes and since <= {Group.AGREED}:
        return Now.STANDS if is_in_force else Now.ENDED
    if is_in_force and Group.AGREED in since:
        return Now.YES_AGAIN if is_yes else Now.YES_SINCE
    return Now.ENDED if is_yes else Now.NO
