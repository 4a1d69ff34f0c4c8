"""What a customer wants of mail."""

from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.notifications import selectors
from consents.notifications.models import Preference
from consents.people.services import hold_unless_erased


@transaction.atomic
def choose_digests(*, customer: UUID, digests: Preference.Digests, by: Actor) -> None:
    """How often this customer is reminded. Choosing the same again changes nothing. Raises AlreadyErased."""
    hold_unless_erased(customer)
    if selectors.digests_of(customer) == digests:
        return
    Preference.objects.update_or_create(customer_id=customer, defaults={"digests": digests, "since": clock.now()})
    ledger.append(
        event="digests.chosen",
        by=by,
        customer=customer,
        object_type="customer",
        object=customer,
        outcome=str(digests),
    )
