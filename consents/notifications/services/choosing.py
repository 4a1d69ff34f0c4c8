"""Save which emails a customer wants."""

from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications import selectors
from consents.notifications.models import Preference
from consents.people.services.holding import lock_existing_customer


@transaction.atomic
def choose_digests(*, customer: UUID, digests: Preference.Digests, by: Actor) -> None:
    """Save how often this customer is reminded. Choosing the same again changes nothing. Raises AlreadyErased."""
    lock_existing_customer(customer)
    if selectors.get_digest_preference(customer) == digests:
        return
    Preference.objects.update_or_create(customer_id=customer, defaults={"digests": digests, "since": clock.now()})
    appending.append_entry(
        event="digests.chosen",
        by=by,
        customer=customer,
        object_type="customer",
        object=customer,
        outcome=str(digests),
    )
