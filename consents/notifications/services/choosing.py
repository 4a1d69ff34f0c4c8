"""Save which emails a customer wants, and a member of staff."""

from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications import selectors
from consents.notifications.models import Preference, StaffPreference
from consents.people.models import StaffMember
from consents.people.services.colleagues import check_still_works_here
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


@transaction.atomic
def choose_staff_emails(*, member: StaffMember, told: StaffPreference.Told, by: Actor) -> None:
    """Save how this member of staff is told of what waits for them. Choosing the same again changes nothing.

    Raises NoLongerHere.
    """
    appending.lock_people(member.pk)
    check_still_works_here(StaffMember.objects.select_related("user").get(pk=member.pk))
    if selectors.get_staff_preference(member.pk) == told:
        return
    StaffPreference.objects.update_or_create(member=member, defaults={"told": told, "since": clock.now()})
    appending.append_entry(event="staff_emails.chosen", by=by, object_type="user", object=member.pk, outcome=str(told))
