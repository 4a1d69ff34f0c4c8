"""Give, renew and put off consent."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import ActContext
from consents.choices.services.emails import confirm_choice
from consents.choices.services.locking import LockedChoice, PublishedText, lock_choice
from consents.choices.services.recording import ChoiceAct, record_move, settle_lapse
from consents.choices.services.refusals import NeedsConfirmation, NeedsGuardian, NotPossibleNow, OldEnough
from consents.choices.services.sharing import end_consent_assents, record_consent_assent, waits_for_holders
from consents.choices.signals import opted_in
from consents.law.ages import is_below_age
from consents.ledger.rules import Actor

PLAIN = ActContext()


@transaction.atomic
def give_consent(
    *, customer: UUID, purpose: str, version: int, by: Actor, how: ActContext = PLAIN, confirmed: bool = False
) -> Choice:
    """Give consent to exactly this published version of this purpose; where it is in force already, change nothing.

    On a shared account whose holders must all agree, consent is given with the last yes; until then each is kept and
    the choice stays as it is. `confirmed`: the second step was taken, which explicit consent and opting in to sale
    after a no need. Raises TextHasChanged when another version is in force, NeedsConfirmation, NeedsGuardian,
    AlreadyErased, HoldersAnswerThemselves.
    """
    held = lock_choice(customer, purpose, seen=version, is_for_yes=True)
    text, choice = held.shown, settle_lapse(held)
    if choice.status in rules.YES and choice.version_id == text.version:
        return choice
    return record_agreement(held, text, ChoiceAct(by, held.now, how), confirmed)


@transaction.atomic
def renew_consent(
    *,
    customer: UUID,
    purpose: str,
    version: int,
    since: datetime,
    by: Actor,
    how: ActContext = PLAIN,
    confirmed: bool = False,
) -> Choice:
    """Renew consent, before or after it expires. `since` is that of the choice as shown: if another act came between
    and left a yes, this changes nothing. Raises what `give_consent` raises, and NotPossibleNow after a no.
    """
    held = lock_choice(customer, purpose, seen=version, is_for_yes=True)
    text, choice = held.shown, settle_lapse(held)
    if choice.since != since and choice.status in rules.YES:
        return choice
    if choice.since != since and choice.status in rules.NO:
        raise NotPossibleNow
    return record_agreement(held, text, ChoiceAct(by, held.now, how), confirmed)


def record_agreement(held: LockedChoice, text: PublishedText, act: ChoiceAct, confirmed: bool) -> Choice:
    check_age(held, act)
    if rules.needs_second_step(explicit=text.explicit, sale=text.sale, status=held.status) and not confirmed:
        raise NeedsConfirmation
    if waits_for_holders(held, text, act):
        return record_consent_assent(held, text, act)
    is_opting_in = text.sale and held.status in rules.NO
    choice = record_move(held, Status.RENEWED if is_renewal(held, text) else Status.GIVEN, text, act)
    end_consent_assents(held)
    if is_opting_in:
        customer, purpose = choice.customer_id, held.purpose
        opted_in.send(sender=Choice, customer=customer, purpose=purpose, how=act.how, by=act.by)
    confirm_choice(choice, act.by)
    return choice


def is_renewal(held: LockedChoice, text: PublishedText) -> bool:
    """Tell whether a yes renews one in force or expired, to a text that means the same."""
    if held.status not in rules.RENEWABLE:
        return False
    return held.answered == text or held.answered.number >= held.material


def check_age(held: LockedChoice, act: ChoiceAct) -> None:
    """Require a guardian for a child, and for no one else (GDPR Art 8)."""
    is_child = is_below_age(held.person.born_on, held.person.country, act.now.date())
    if is_child != (act.how.capacity == "guardian"):
        raise NeedsGuardian if is_child else OldEnough


@transaction.atomic
def defer_consent(*, customer: UUID, purpose: str, version: int, by: Actor, how: ActContext = PLAIN) -> Choice:
    """Put the answer off, which counts as a no. Where there is an answer, change nothing.

    Raises TextHasChanged, AlreadyErased.
    """
    held = lock_choice(customer, purpose, seen=version, is_for_yes=True)
    text, choice = held.shown, settle_lapse(held)
    if choice.status in rules.YES | rules.NO | {Status.DEFERRED}:
        return choice
    return record_move(held, Status.DEFERRED, text, ChoiceAct(by, held.now, how))
