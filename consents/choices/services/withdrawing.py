"""Saying no: to one purpose, to everything agreed to, to sale and sharing. Never harder than a yes."""

from uuid import UUID

from django.db import transaction

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import How
from consents.choices.services.recording import Act, record, settled
from consents.choices.services.refusals import NoSuchPurpose
from consents.choices.signals import consent_withdrawn, opted_out
from consents.core import clock
from consents.ledger.rules import Actor
from consents.people.services import hold_unless_erased

PLAIN = How()


@transaction.atomic
def withdraw(*, customer: UUID, purpose: str, by: Actor, how: How = PLAIN, version: int | None = None) -> Choice:
    """Take consent back, or say no where none stands; running access for the purpose ends in this transaction.

    `version`: the published text that the person had before them, in force or not: a no is never refused for its text.
    Repeating it adds nothing. Raises NoSuchPurpose, AlreadyErased.
    """
    hold_unless_erased(customer)
    in_force = catalogue.standing().filter(purpose__code=purpose).first()
    if in_force is None:
        raise NoSuchPurpose
    now = clock.now()
    seen = catalogue.published(in_force.purpose, version) if version else None
    return say_no(settled(customer, in_force.purpose, now, in_force), in_force, Act(by, now, how), seen)


@transaction.atomic
def withdraw_all(*, customer: UUID, by: Actor, how: How = PLAIN) -> list[Choice]:
    """Take back every consent that stands; one transaction, one entry for each. Repeating it adds nothing.

    What has lapsed is put on record as that, not as withdrawn. Raises AlreadyErased.
    """
    hold_unless_erased(customer)
    now = clock.now()
    given = Choice.objects.filter(customer_id=customer, status__in=sorted(rules.YES)).values("purpose")
    done = []
    for version in catalogue.standing().filter(purpose__in=given):
        choice = settled(customer, version.purpose, now, version)
        if choice.status in rules.YES:
            done.append(say_no(choice, version, Act(by, now, how)))
    return done


@transaction.atomic
def opt_out(*, customer: UUID, by: Actor, how: How) -> list[Choice]:
    """No sale and no sharing: a no to every purpose that is one, on whatever basis; one entry for each.

    Adds nothing to a no that stands. A yes given in sight of the browser's signal stands against that signal.
    Raises AlreadyErased.
    """
    hold_unless_erased(customer)
    now, done = clock.now(), []
    for version in catalogue.standing().filter(sale=True):
        choice = settled(customer, version.purpose, now, version)
        if rules.gives_way(Status(choice.status), despite_signal=choice.despite_signal and how.signal):
            done.append(say_no(choice, version, Act(by, now, how)))
    if done:
        opted_out.send(sender=Choice, customer=customer, how=how, by=by)
    return done


def say_no(choice: Choice, version: PurposeVersion, act: Act, seen: PurposeVersion | None = None) -> Choice:
    """On record with the words `seen`; with those agreed to, or those in force, where nobody knows."""
    if choice.status in rules.YES:
        record(choice, Status.WITHDRAWN, seen or choice.version, act)
    elif choice.status not in rules.NO:
        record(choice, Status.REFUSED, seen or version, act)
    consent_withdrawn.send(sender=Choice, customer=choice.customer_id, purpose=choice.purpose, by=act.by)
    return choice
