"""An erasure by two officers, and a legal hold against it."""

from datetime import timedelta

from django.utils import timezone

from consents.ledger.rules import Actor
from consents.people.models import Customer, Erasure, LegalHold
from consents.people.services import erasing, holding

REQUESTED = Erasure.Reason.REQUESTED


def actor(member) -> Actor:
    return Actor("staff", str(member.pk))


def propose(world, character=None) -> Erasure:
    customer = (character or world.ada).customer.id
    return erasing.propose_erasure(customer=customer, reason=REQUESTED, officer=world.pia, by=actor(world.pia))


def erase(world, character=None) -> Customer:
    propose(world, character)
    customer = (character or world.ada).customer
    erasing.erase_customer(customer=customer.id, officer=world.otto, by=actor(world.otto))
    customer.refresh_from_db()
    return customer


def hold(world, **changes) -> LegalHold:
    values = {
        "customer": world.ada.customer.id,
        "reason": LegalHold.Reason.COURT_ORDER,
        "document": "Az. 12/26",
        "review_on": (timezone.now() + timedelta(days=30)).date(),
        "officer": world.otto,
        "by": actor(world.otto),
    } | changes
    return holding.place_hold(**values)
