"""Find a customer's receipts in the ledger, and their current state. Nothing is stored for a receipt."""

from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from consents.choices.receipts.claims import VerifiedReceipt
from consents.choices.receipts.issuing import ISSUERS, CurrentState, OutcomeGroup
from consents.ledger.models import Entry

# As text, since an entry may hold anything; what we append is ISO 8601 in UTC.
MOMENT_OF_ACT = """coalesce(
    substring(details from '"ended_at": ?"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})'),
    to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'))"""


def select_receipts(customer: UUID, *, group: str = "", purpose: str = "") -> QuerySet[Entry]:
    """Select the customer's entries that have a receipt, newest first."""
    have_receipts = reduce(or_, (issuer.build_filter(group) for issuer in ISSUERS.values()))
    entries = Entry.objects.filter(have_receipts, customer=customer).order_by("-id")
    return entries.filter(purpose=purpose) if purpose else entries


def order_by_act(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Order by the moment of the act, newest first: an end by time is recorded after it."""
    return entries.order_by(RawSQL(MOMENT_OF_ACT, []).desc(), "-id")


def list_receipt_purposes(customer: UUID) -> list[str]:
    """List the codes of the purposes this customer has receipts about."""
    return sorted(select_receipts(customer).order_by().values_list("purpose", flat=True).distinct())


def find_verified_entry(receipt: VerifiedReceipt) -> Entry | None:
    """Find the entry of a genuine receipt; None if this ledger has no such entry."""
    entries = Entry.objects.filter(object=receipt.record_id, customer=receipt.customer)
    return entries.filter(hash=receipt.entry).first()


def find_current_state(entry: Entry, now: datetime) -> CurrentState:
    """Return the current state of one act: a later yes in the same record does not revive an ended one."""
    issuer = ISSUERS[entry.object_type]
    later_entries = Entry.objects.filter(
        issuer.build_filter(), object=entry.object, customer=entry.customer, id__gt=entry.pk
    )
    since = {issuer.outcomes[outcome] for outcome in later_entries.values_list("outcome", flat=True)}
    is_yes, is_in_force = issuer.outcomes[entry.outcome] == OutcomeGroup.AGREED, issuer.is_in_force(entry.object, now)
    if is_yes and since <= {OutcomeGroup.AGREED}:
        return CurrentState.STANDS if is_in_force else CurrentState.ENDED
    if is_in_force and OutcomeGroup.AGREED in since:
        return CurrentState.YES_AGAIN if is_yes else CurrentState.YES_SINCE
    return CurrentState.ENDED if is_yes else CurrentState.NO
