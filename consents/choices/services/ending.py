"""What ends consent without the customer: time, the company, an authority.

Time and the company are judged at read; what is done here only puts it on record, with its true moment.
"""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import How
from consents.choices.services.holding import hold, hold_record
from consents.choices.services.recording import Act, record, settle
from consents.choices.services.telling import tell_of_end
from consents.choices.signals import consent_withdrawn
from consents.core import clock
from consents.ledger import services as ledger
from consents.ledger.rules import PORTAL, Actor


def expire_when_due(*, limit: int = 500) -> int:
    """Record consents that have run out. Returns how many."""
    due = Choice.objects.filter(status__in=sorted(rules.YES), valid_until__lte=clock.DatabaseNow())
    ids = list(due.order_by("valid_until").values_list("pk", flat=True)[:limit])
    return sum(expire(choice=id, by=PORTAL) for id in ids)


@transaction.atomic
def expire(*, choice: UUID, by: Actor) -> bool:
    """True when it had run out and that was not on record yet."""
    return put_lapse_on_record(choice)


def revoke_when_due(*, limit: int = 500) -> int:
    """Record consents whose purpose was retired, a few at a time: nobody waits for them. Returns how many."""
    due = Choice.objects.filter(status__in=sorted(rules.YES), purpose__retired_at__isnull=False)
    ids = list(due.values_list("pk", flat=True)[:limit])
    return sum(revoke(choice=id, by=PORTAL) for id in ids)


@transaction.atomic
def revoke(*, choice: UUID, by: Actor) -> bool:
    """True when the company had ended it and that was not on record yet."""
    return put_lapse_on_record(choice)


def put_lapse_on_record(choice: UUID) -> bool:
    """And tell the customer, who was not here when it ended."""
    held = hold_record(choice)
    lapse = held.lapse
    if lapse is None:
        return False
    settle(held)
    tell_of_end(held.choice, lapse.method, lapse.at)
    return True


@transaction.atomic
def revoke_all(customer: UUID, by: Actor, **_: Any) -> None:
    """The customer is erased: nothing stands as given any more. By signal alone, since it is no act of its own: the
    database takes it only of an erased customer."""
    ledger.hold(customer)
    given = Choice.objects.filter(customer=customer, status__in=sorted(rules.YES)).order_by("pk")
    for purpose in given.values_list("purpose__code", flat=True):
        held = hold(customer, purpose, is_erased=True)
        choice = settle(held)
        if choice.status in rules.YES:
            act = Act(by, held.now, How(rules.ERASED, language=choice.language))
            record(held, Status.REVOKED, held.answered, act)


@transaction.atomic
def invalidate(*, choice: UUID, by: Actor) -> Choice:
    """An authority or court has found this consent invalid: it never counts again, and access that rests on it ends.

    `choice` is the record's number, as on the receipt. Raises NoSuchPurpose, NotPossibleNow.
    """
    held = hold_record(choice)
    settled = settle(held)
    if held.status != Status.INVALIDATED:
        how = How(rules.AUTHORITY, settled.language)
        record(held, Status.INVALIDATED, held.answered, Act(by, held.now, how))
        tell_of_end(settled, rules.AUTHORITY, held.now)
        consent_withdrawn.send(sender=Choice, customer=settled.customer_id, purpose=held.purpose, by=by)
    return settled
