"""The company's side of the asking: once, and not again while a no rests."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from consents.choices import rules, selectors
from consents.choices.models import Choice, Digest, Status
from consents.choices.rules import How
from consents.choices.services.holding import hold
from consents.choices.services.recording import Act, record, settle
from consents.choices.services.refusals import AskedTooSoon
from consents.core import clock
from consents.ledger import services as ledger
from consents.ledger.rules import PORTAL, Actor
from consents.notifications import services as notifications
from consents.people.models import Customer

DIGEST_AFTER = timedelta(days=90)


@transaction.atomic
def ask(*, customer: UUID, purpose: str, by: Actor, how: How) -> Choice:
    """Put on record that the customer is asked for this consent. Adds nothing where it stands or was asked.

    Raises AskedTooSoon while a no rests (12 months after a Californian opt-out, 6 months after another no),
    AlreadyErased.
    """
    held = hold(customer, purpose)
    wanted, choice = held.asked, settle(held)
    if choice.rests_until is not None and held.now < choice.rests_until:
        raise AskedTooSoon
    if choice.status in rules.YES or choice.status == Status.REQUESTED:
        return choice
    return record(held, Status.REQUESTED, wanted, Act(by, held.now, how))


def queue_digests_when_due(*, limit: int = 500) -> int:
    """Digests for customers who agreed to something and have not been here for 90 days. Returns how many."""
    ids = selectors.idle_customers(clock.now(), DIGEST_AFTER, limit)
    return sum(queue_digest(customer=id, by=PORTAL) for id in ids)


@transaction.atomic
def queue_digest(*, customer: UUID, by: Actor) -> bool:
    """One mail: so many choices, look them over. What had lapsed is asked anew with it, unless a no rests."""
    ledger.hold(customer)
    now = clock.now()
    if not selectors.is_idle(customer, now, DIGEST_AFTER):
        return False
    Digest.objects.update_or_create(customer_id=customer, defaults={"queued_at": now})
    person = Customer.objects.get(pk=customer)
    key = f"choices_digest:{customer}:{now.date()}"
    notifications.tell(kind="choices_digest", key=key, customer=person, number=str(len(selectors.made(customer))))
    ledger.append(event="choices.digest_queued", by=by, customer=customer, object_type="customer", object=customer)
    for standing in selectors.standings(customer):
        if standing.is_lapsed:
            ask(customer=customer, purpose=standing.version.purpose.code, by=by, how=How("digest"))
    return True
