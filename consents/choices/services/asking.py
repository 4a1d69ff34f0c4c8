"""Ask customers for consent: once, and not too soon after a no."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from consents.choices import rules, selectors
from consents.choices.models import Choice, Digest, Status
from consents.choices.rules import ActContext
from consents.choices.services.locking import lock_choice
from consents.choices.services.recording import ChoiceAct, record_move, settle_lapse
from consents.choices.services.refusals import AskedTooSoon
from consents.core import clock
from consents.core.one_by_one import run_for_due
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.people.models import Customer

DIGEST_AFTER = timedelta(days=90)


@transaction.atomic
def request_consent(*, customer: UUID, purpose: str, by: Actor, how: ActContext) -> Choice:
    """Record that the customer is asked for this consent. Changes nothing where it is in force or was asked.

    Raises AskedTooSoon while a no rests (12 months after a Californian opt-out, 6 months after another no),
    AlreadyErased.
    """
    held = lock_choice(customer, purpose)
    text, choice = held.asked, settle_lapse(held)
    if choice.rests_until is not None and held.now < choice.rests_until:
        raise AskedTooSoon
    if choice.status in rules.YES or choice.status == Status.REQUESTED:
        return choice
    return record_move(held, Status.REQUESTED, text, ChoiceAct(by, held.now, how))


def queue_due_digests() -> int:
    """Queue digests for customers who agreed to something and have not signed in for 90 days. Returns how many."""
    idle = selectors.select_idle_choices(clock.now(), DIGEST_AFTER).order_by("customer_id")
    ids = idle.values_list("customer_id", flat=True).distinct()
    return run_for_due(ids, lambda customer: queue_digest(customer=customer, by=PORTAL))


@transaction.atomic
def queue_digest(*, customer: UUID, by: Actor) -> bool:
    """Queue one email asking to review the choices, and ask again for lapsed ones, unless it is too soon after a no."""
    appending.lock_people(customer)
    now = clock.now()
    if not selectors.is_idle(customer, now, DIGEST_AFTER):
        return False
    Digest.objects.update_or_create(customer_id=customer, defaults={"queued_at": now})
    person = Customer.objects.get(pk=customer)
    key = f"choices_digest:{customer}:{now.date()}"
    queueing.notify(
        kind="choices_digest", key=key, customer=person, number=str(len(selectors.select_choices(customer)))
    )
    appending.append_entry(
        event="choices.digest_queued", by=by, customer=customer, object_type="customer", object=customer
    )
    for standing in selectors.read_choices(customer).standings:
        if standing.is_lapsed:
            request_consent(customer=customer, purpose=standing.version.purpose.code, by=by, how=ActContext("digest"))
    return True
