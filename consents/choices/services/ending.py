"""End consent without the customer: by time, the company or an authority.

Ends by time and company take effect at read; these acts only record them, with their true moment.
"""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import ActContext
from consents.choices.services.emails import notify_of_end
from consents.choices.services.locking import lock_choice, lock_choice_by_record
from consents.choices.services.recording import ChoiceAct, record_move, settle_lapse
from consents.choices.signals import consent_withdrawn
from consents.core import clock
from consents.core.one_by_one import run_for_due
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending


def expire_due_choices() -> int:
    """Record consents that have run out. Returns how many."""
    due = Choice.objects.filter(status__in=sorted(rules.YES), valid_until__lte=clock.DatabaseNow())
    ids = due.order_by("valid_until").values_list("pk", flat=True)
    return run_for_due(ids, lambda choice: record_lapse(choice=choice, by=PORTAL))


def revoke_due_choices() -> int:
    """Record consents whose purpose was retired, a few at a time. Returns how many."""
    due = Choice.objects.filter(status__in=sorted(rules.YES), purpose__retired_at__isnull=False)
    return run_for_due(due.values_list("pk", flat=True), lambda choice: record_lapse(choice=choice, by=PORTAL))


@transaction.atomic
def record_lapse(*, choice: UUID, by: Actor) -> bool:
    """Record that time or the company ended consent, and notify the customer; return False if neither did, or it was on
    record already.
    """
    held = lock_choice_by_record(choice)
    lapse = held.lapse
    if lapse is None:
        return False
    settle_lapse(held)
    notify_of_end(held.choice, lapse.method, lapse.at)
    return True


@transaction.atomic
def revoke_all_choices(customer: UUID, by: Actor, **_: Any) -> None:
    """Revoke everything an erased customer had given. By signal alone: the database accepts it only for an erased
    customer."""
    appending.lock_people(customer)
    agreed = Choice.objects.filter(customer=customer, status__in=sorted(rules.YES)).order_by("pk")
    for purpose in agreed.values_list("purpose__code", flat=True):
        held = lock_choice(customer, purpose, is_erased=True)
        choice = settle_lapse(held)
        if choice.status in rules.YES:
            act = ChoiceAct(by, held.now, ActContext(rules.ERASED, language=choice.language))
            record_move(held, Status.REVOKED, held.answered, act)


@transaction.atomic
def invalidate_choice(*, choice: UUID, by: Actor) -> Choice:
    """Record that an authority or court found this consent invalid: it never counts again, access based on it ends.

    `choice` is the record's number, as on the receipt. Raises NoSuchPurpose, NotPossibleNow.
    """
    held = lock_choice_by_record(choice)
    settled = settle_lapse(held)
    if held.status != Status.INVALIDATED:
        how = ActContext(rules.AUTHORITY, settled.language)
        record_move(held, Status.INVALIDATED, held.answered, ChoiceAct(by, held.now, how))
        notify_of_end(settled, rules.AUTHORITY, held.now)
        consent_withdrawn.send(
            sender=Choice, customer=settled.customer_id, purpose=held.purpose, status=Status.INVALIDATED, by=by
        )
    return settled
