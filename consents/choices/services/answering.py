"""Saying yes, and saying "not now"."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from consents.catalogue.services import hold_still
from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import How
from consents.choices.services.holding import Held, Text, hold
from consents.choices.services.recording import Act, record, settle
from consents.choices.services.refusals import NeedsConfirmation, NeedsGuardian, NotPossibleNow, OldEnough
from consents.choices.signals import opted_in
from consents.ledger.rules import Actor
from consents.people.rules import is_below_age

PLAIN = How()


@transaction.atomic
def give(*, customer: UUID, purpose: str, version: int, by: Actor, how: How = PLAIN, confirmed: bool = False) -> Choice:
    """Consent to exactly this published version of this purpose; to what stands already it adds nothing.

    `confirmed`: the second step was taken, which explicit consent and opting in to sale anew need.
    Raises TextHasChanged when another version is in force, NeedsConfirmation, NeedsGuardian, AlreadyErased.
    """
    hold_still(version)
    held = hold(customer, purpose, seen=version)
    wanted, choice = held.shown, settle(held)
    if choice.status in rules.YES and choice.version_id == wanted.version:
        return choice
    return agree(held, wanted, Act(by, held.now, how), confirmed)


@transaction.atomic
def renew(
    *,
    customer: UUID,
    purpose: str,
    version: int,
    since: datetime,
    by: Actor,
    how: How = PLAIN,
    confirmed: bool = False,
) -> Choice:
    """Consent again, before or after it runs out. `since` is that of the choice the person was shown: when another
    act came between, and left a yes, it adds nothing. Raises what `give` raises, and NotPossibleNow after a no.
    """
    hold_still(version)
    held = hold(customer, purpose, seen=version)
    wanted, choice = held.shown, settle(held)
    if choice.since != since and choice.status in rules.YES:
        return choice
    if choice.since != since and choice.status in rules.NO:
        raise NotPossibleNow
    return agree(held, wanted, Act(by, held.now, how), confirmed)


def agree(held: Held, wanted: Text, act: Act, confirmed: bool) -> Choice:
    check_old_enough(held, act)
    if rules.needs_second_step(explicit=wanted.explicit, sale=wanted.sale, status=held.status) and not confirmed:
        raise NeedsConfirmation
    is_opting_in = wanted.sale and held.status in rules.NO
    choice = record(held, Status.RENEWED if is_renewal(held, wanted) else Status.GIVEN, wanted, act)
    if is_opting_in:
        opted_in.send(sender=Choice, customer=choice.customer_id, purpose=held.purpose, how=act.how, by=act.by)
    return choice


def is_renewal(held: Held, wanted: Text) -> bool:
    """To what stands, or has run out, and to a text that means the same."""
    if held.status not in rules.RENEWABLE:
        return False
    return held.answered == wanted or held.answered.number >= held.material


def check_old_enough(held: Held, act: Act) -> None:
    """A guardian consents for a child, and for nobody else (GDPR Art 8)."""
    is_child = is_below_age(held.person.born_on, held.person.country, act.now.date())
    if is_child != (act.how.capacity == "guardian"):
        raise NeedsGuardian if is_child else OldEnough


@transaction.atomic
def defer(*, customer: UUID, purpose: str, version: int, by: Actor, how: How = PLAIN) -> Choice:
    """Close the question without an answer: a no as before. Where an answer stands it adds nothing.

    Raises TextHasChanged, AlreadyErased.
    """
    hold_still(version)
    held = hold(customer, purpose, seen=version)
    wanted, choice = held.shown, settle(held)
    if choice.status in rules.YES | rules.NO | {Status.DEFERRED}:
        return choice
    return record(held, Status.DEFERRED, wanted, Act(by, held.now, how))
