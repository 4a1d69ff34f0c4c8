"""Withdraw or refuse consent: one purpose, everything agreed to, sale and sharing. Never harder than a yes."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import ActContext
from consents.choices.services.answering import (
    confirm_refusal,
    end_consent_assents,
    refuse_all_consent_assents,
    refuse_consent_assents,
)
from consents.choices.services.emails import confirm_all_withdrawn, confirm_choice, notify_of_end
from consents.choices.services.recording import (
    ChoiceAct,
    LockedChoice,
    PublishedText,
    lock_choice,
    lock_choice_by_record,
    record_move,
    settle_lapse,
)
from consents.choices.signals import consent_taken_back, consent_withdrawn, opted_out
from consents.core import clock
from consents.core.working_ahead import run_for_due
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.people.services.holding import lock_existing_customer

PLAIN = ActContext()


@transaction.atomic
def withdraw_consent(
    *, customer: UUID, purpose: str, by: Actor, how: ActContext = PLAIN, version: int | None = None
) -> Choice:
    """Withdraw consent, or refuse where none is in force; running access for the purpose ends in this transaction.

    `version`: the published text that the person had before them, in force or not: a no is never refused for its text.
    Repeating it adds nothing. Raises NoSuchPurpose, AlreadyErased.
    """
    held = lock_choice(customer, purpose, seen=version)
    stood = settle_lapse(held).status in rules.YES
    choice = record_refusal(held, held.asked, ChoiceAct(by, held.now, how))
    send_taken_back([choice] if stood else [], how, by)
    confirm_choice(choice, by)
    return choice


@transaction.atomic
def withdraw_all_consents(*, customer: UUID, by: Actor, how: ActContext = PLAIN) -> list[Choice]:
    """Withdraw every consent in force; one transaction, one entry for each. Repeating it changes nothing.

    What has lapsed is recorded as lapsed, not as withdrawn. Raises AlreadyErased.
    """
    lock_existing_customer(customer)
    now, done = clock.now(), []
    agreed = Choice.objects.filter(customer_id=customer, status__in=sorted(rules.YES)).values("purpose")
    for purpose in list_purpose_codes(catalogue.select_standing().filter(purpose__in=agreed)):
        held = lock_choice(customer, purpose)
        if settle_lapse(held).status in rules.YES:
            done.append(record_refusal(held, held.answered, ChoiceAct(by, now, how)))
    ended = refuse_all_consent_assents(customer, by)
    if ended and not done:
        confirm_refusal(customer, ended, by)
    send_taken_back(done, how, by)
    confirm_all_withdrawn(done, by)
    return done


@transaction.atomic
def opt_out_of_sale(*, customer: UUID, by: Actor, how: ActContext) -> list[Choice]:
    """Refuse every purpose that is sale or sharing, on whatever basis; one entry for each.

    Changes nothing where there is a no. A yes given despite the browser's signal overrides that signal.
    Raises AlreadyErased."""
    lock_existing_customer(customer)
    now, done, taken_back = clock.now(), [], []
    for purpose in list_purpose_codes(catalogue.select_standing().filter(sale=True)):
        held = lock_choice(customer, purpose)
        choice = settle_lapse(held)
        gives_way = rules.is_ended_by_signal(held.status, despite_signal=choice.despite_signal and how.signal)
        if held.in_force and gives_way:
            stood = choice.status in rules.YES
            done.append(record_refusal(held, held.in_force, ChoiceAct(by, now, how)))
            taken_back += done[-1:] if stood else []
        else:
            refuse_consent_assents(held, ChoiceAct(by, now, how))
    if done:
        send_taken_back(taken_back, how, by)
        opted_out.send(sender=Choice, customer=customer, how=how, by=by)
    return done


def send_taken_back(choices: list[Choice], how: ActContext, by: Actor) -> None:
    if choices:
        customer, purposes = choices[0].customer_id, [choice.purpose for choice in choices]
        consent_taken_back.send(sender=Choice, customer=customer, purposes=purposes, how=how, by=by)


def list_purpose_codes(versions: QuerySet[PurposeVersion]) -> list[str]:
    return list(versions.values_list("purpose__code", flat=True))


def record_refusal(held: LockedChoice, in_force: PublishedText, act: ChoiceAct) -> Choice:
    """Record a no to the text seen or, where that is unknown, to the one agreed to or in force.

    What other holders of a shared account have said yes to meanwhile ends with it.
    """
    choice = settle_lapse(held)
    if choice.status in rules.NO:
        refuse_consent_assents(held, act)
    else:
        end_consent_assents(held)
        has_agreed = choice.status in rules.YES
        no, text = (
            (Status.WITHDRAWN, held.seen or held.answered) if has_agreed else (Status.REFUSED, held.seen or in_force)
        )
        record_move(held, no, text, act)
    status = Status(choice.status)
    consent_withdrawn.send(sender=Choice, customer=choice.customer_id, purpose=choice.purpose, status=status, by=act.by)
    return choice


# End consent without the customer: by time, the company or an authority.
#
# Ends by time and company take effect at read; these acts only record them, with their true moment.


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
