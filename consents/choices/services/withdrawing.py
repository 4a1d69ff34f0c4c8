"""Saying no: to one purpose, to everything agreed to, to sale and sharing. Never harder than a yes."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import How
from consents.choices.services.holding import Held, Text, hold
from consents.choices.services.recording import Act, record, settle
from consents.choices.signals import consent_taken_back, consent_withdrawn, opted_out
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
    held = hold(customer, purpose, seen=version)
    stood = settle(held).status in rules.YES
    choice = say_no(held, held.asked, Act(by, held.now, how))
    tell_taken_back([choice] if stood else [], how, by)
    return choice


@transaction.atomic
def withdraw_all(*, customer: UUID, by: Actor, how: How = PLAIN) -> list[Choice]:
    """Take back every consent that stands; one transaction, one entry for each. Repeating it adds nothing.

    What has lapsed is put on record as that, not as withdrawn. Raises AlreadyErased.
    """
    hold_unless_erased(customer)
    now, done = clock.now(), []
    given = Choice.objects.filter(customer_id=customer, status__in=sorted(rules.YES)).values("purpose")
    for purpose in codes(catalogue.standing().filter(purpose__in=given)):
        held = hold(customer, purpose)
        if settle(held).status in rules.YES:
            done.append(say_no(held, held.answered, Act(by, now, how)))
    tell_taken_back(done, how, by)
    return done


@transaction.atomic
def opt_out(*, customer: UUID, by: Actor, how: How) -> list[Choice]:
    """No sale and no sharing: a no to every purpose that is one, on whatever basis; one entry for each.

    Adds nothing to a no that stands. A yes given in sight of the browser's signal stands against that signal.
    Raises AlreadyErased.
    """
    hold_unless_erased(customer)
    now, done, taken_back = clock.now(), [], []
    for purpose in codes(catalogue.standing().filter(sale=True)):
        held = hold(customer, purpose)
        choice = settle(held)
        gives_way = rules.gives_way(held.status, despite_signal=choice.despite_signal and how.signal)
        if held.in_force and gives_way:
            stood = choice.status in rules.YES
            done.append(say_no(held, held.in_force, Act(by, now, how)))
            taken_back += done[-1:] if stood else []
    tell_taken_back(taken_back, how, by)
    if done:
        opted_out.send(sender=Choice, customer=customer, how=how, by=by)
    return done


def tell_taken_back(choices: list[Choice], how: How, by: Actor) -> None:
    if choices:
        customer, purposes = choices[0].customer_id, [choice.purpose for choice in choices]
        consent_taken_back.send(sender=Choice, customer=customer, purposes=purposes, how=how, by=by)


def codes(versions: QuerySet[PurposeVersion]) -> list[str]:
    return list(versions.values_list("purpose__code", flat=True))


def say_no(held: Held, in_force: Text, act: Act) -> Choice:
    """On record with the words seen; with those agreed to, or those in force, where nobody knows."""
    choice = settle(held)
    if choice.status in rules.YES:
        record(held, Status.WITHDRAWN, held.seen or held.answered, act)
    elif choice.status not in rules.NO:
        record(held, Status.REFUSED, held.seen or in_force, act)
    consent_withdrawn.send(sender=Choice, customer=choice.customer_id, purpose=choice.purpose, by=act.by)
    return choice
