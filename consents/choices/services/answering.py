"""Saying yes, and saying "not now"."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.catalogue.services import hold_still
from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import How
from consents.choices.services.recording import Act, record, settled
from consents.choices.services.refusals import (
    NeedsConfirmation,
    NeedsGuardian,
    NotPossibleNow,
    OldEnough,
    TextHasChanged,
)
from consents.core import clock
from consents.ledger.rules import Actor
from consents.people.models import Customer
from consents.people.rules import is_below_age
from consents.people.services import hold_unless_erased

PLAIN = How()


@transaction.atomic
def give(*, customer: UUID, purpose: str, version: int, by: Actor, how: How = PLAIN, confirmed: bool = False) -> Choice:
    """Consent to exactly this published version of this purpose; to what stands already it adds nothing.

    `confirmed`: the second step was taken, which explicit consent and opting in to sale anew need.
    Raises TextHasChanged when another version is in force, NeedsConfirmation, NeedsGuardian, AlreadyErased.
    """
    hold_still(version)
    hold_unless_erased(customer)
    wanted, now = shown(purpose, version), clock.now()
    choice = settled(customer, wanted.purpose, now, wanted)
    if choice.status in rules.YES and choice.version_id == wanted.pk:
        return choice
    return agree(choice, wanted, Act(by, now, how), confirmed)


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
    hold_unless_erased(customer)
    wanted, now = shown(purpose, version), clock.now()
    choice = settled(customer, wanted.purpose, now, wanted)
    if choice.since != since and choice.status in rules.YES:
        return choice
    if choice.since != since and choice.status in rules.NO:
        raise NotPossibleNow
    return agree(choice, wanted, Act(by, now, how), confirmed)


def agree(choice: Choice, wanted: PurposeVersion, act: Act, confirmed: bool) -> Choice:
    check_old_enough(choice.customer_id, act)
    status = Status(choice.status)
    if rules.needs_second_step(explicit=wanted.explicit, sale=wanted.sale, status=status) and not confirmed:
        raise NeedsConfirmation
    return record(choice, Status.RENEWED if is_renewal(choice, wanted) else Status.GIVEN, wanted, act)


def is_renewal(choice: Choice, wanted: PurposeVersion) -> bool:
    """To what stands, or has run out, and to a text that means the same."""
    if choice.status not in rules.RENEWABLE:
        return False
    is_same = choice.version_id == wanted.pk
    return is_same or choice.version.number >= catalogue.last_material(wanted.purpose)


def shown(purpose: str, version: int) -> PurposeVersion:
    """The version in force, if it is the one that the person had before them."""
    asked = catalogue.standing().filter(legal_basis=LegalBasis.CONSENT, purpose__code=purpose)
    current = asked.filter(pk=version).prefetch_related("categories").first()
    if current is None:
        raise TextHasChanged
    return current


def check_old_enough(customer: UUID, act: Act) -> None:
    """A guardian consents for a child, and for nobody else (GDPR Art 8)."""
    person = Customer.objects.only("born_on", "country").get(pk=customer)
    is_child = is_below_age(person.born_on, person.country, act.now.date())
    if is_child != (act.how.capacity == "guardian"):
        raise NeedsGuardian if is_child else OldEnough


@transaction.atomic
def defer(*, customer: UUID, purpose: str, version: int, by: Actor, how: How = PLAIN) -> Choice:
    """Close the question without an answer: a no as before. Where an answer stands it adds nothing.

    Raises TextHasChanged, AlreadyErased.
    """
    hold_still(version)
    hold_unless_erased(customer)
    wanted, now = shown(purpose, version), clock.now()
    choice = settled(customer, wanted.purpose, now, wanted)
    if choice.status in rules.YES | rules.NO | {Status.DEFERRED}:
        return choice
    return record(choice, Status.DEFERRED, wanted, Act(by, now, how))
