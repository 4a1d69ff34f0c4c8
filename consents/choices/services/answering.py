"""The holders of a shared account agree to a purpose together; the no of one ends what the others have said yes to."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import PurposeVersion
from consents.choices import rules, selectors
from consents.choices.models import Choice, Digest, Status
from consents.choices.rules import ActContext
from consents.choices.services.emails import confirm_choice
from consents.choices.services.recording import (
    AskedTooSoon,
    ChoiceAct,
    LockedChoice,
    NeedsConfirmation,
    NeedsGuardian,
    NotPossibleNow,
    OldEnough,
    PublishedText,
    lock_choice,
    record_move,
    settle_lapse,
)
from consents.choices.signals import opted_in
from consents.core import clock
from consents.core.working_ahead import run_for_due
from consents.law.clocks import is_below_age
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.notifications.services.queueing import confirm_act
from consents.people.models import Acting, Customer, JointAssent
from consents.people.services.holding import lock_existing_customer
from consents.people.services.representing import (
    HoldersAnswerThemselves,
    end_joint_assents,
    list_missing_users,
    save_joint_assent,
)

# Give, renew and put off consent.

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
    # Require a guardian for a child, and for no one else (GDPR Art 8).
    is_child = is_below_age(held.person.born_on, held.person.country, act.now.date())
    if is_child != (act.how.capacity == "guardian"):
        raise NeedsGuardian if is_child else OldEnough
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


CONSENT = JointAssent.Matter.CONSENT
ASSENTED = _(
    "You or someone who shares your account agreed to a consent. It begins once all of you have agreed; each yes "
    "counts for 30 days. See “Your choices”."
)

REFUSED = _(
    "You or someone who shares your account said no to a consent that one of you had agreed to. It did not begin. "
    "“Your choices” shows which."
)


def waits_for_holders(held: LockedChoice, text: PublishedText, act: ChoiceAct) -> bool:
    """Tell whether the yes of another holder is still missing. Raises HoldersAnswerThemselves for who holds nothing."""
    if not held.person.needs_all:
        return False
    if act.how.capacity not in Acting.HOLDING:
        raise HoldersAnswerThemselves
    return bool(list_missing_users(held.choice.customer_id, CONSENT, str(text.version), UUID(act.by.id)))


def record_consent_assent(held: LockedChoice, text: PublishedText, act: ChoiceAct) -> Choice:
    """Keep a holder's yes until every other holder has said yes too. Repeating it changes nothing."""
    choice = held.choice
    assent = save_joint_assent(choice.customer_id, CONSENT, str(text.version), UUID(act.by.id))
    if assent is None:
        return choice
    language, notice = text.words(act.how.language)
    appending.append_entry(
        event="joint_consent.assented",
        by=act.by,
        customer=choice.customer_id,
        object_type="purpose_version",
        object=text.version,
        purpose=held.purpose.code,
        details={
            "assent": str(assent.pk),
            "version": text.number,
            "language": language,
            "notice": notice,
            "method": act.how.method,
            "interface": act.how.page,
            "explicit": text.explicit,
            "capacity": act.how.capacity,
        },
    )
    confirm_act(customer=choice.customer_id, act=ASSENTED, key=f"joint_consent.assented:{assent.pk}", actor=act.by)
    return choice


def end_consent_assents(held: LockedChoice) -> list[UUID]:
    """End what holders have said yes to for this purpose, in whatever version."""
    if not held.person.has_assents:
        return []
    versions = PurposeVersion.objects.filter(purpose=held.purpose).values_list("pk", flat=True)
    return end_joint_assents(held.choice.customer_id, CONSENT, [str(version) for version in versions])


def refuse_consent_assents(held: LockedChoice, act: ChoiceAct) -> None:
    """End them by the no of a holder where the choice stands at no already, and no entry of its own would tell."""
    if ended := end_consent_assents(held):
        append_refusal_entry(held.choice.customer_id, ended, act.by, held.purpose.code)
        confirm_refusal(held.choice.customer_id, ended, act.by)


def refuse_all_consent_assents(customer: UUID, by: Actor) -> list[UUID]:
    """End them all, whatever the purpose, as one act. Returns what it ended."""
    waiting = JointAssent.objects.filter(customer=customer, matter=CONSENT, ended_at=None)
    ended = end_joint_assents(customer, CONSENT, list(waiting.values_list("object", flat=True)))
    if ended:
        append_refusal_entry(customer, ended, by)
    return ended


def confirm_refusal(customer: UUID, ended: list[UUID], by: Actor) -> None:
    """Tell every holder that a yes of one of them came to nothing, where no other email does."""
    confirm_act(customer=customer, act=REFUSED, key=f"joint_consent.refused:{ended[0]}", actor=by)


@transaction.atomic
def refuse_assents_again(*, customer: UUID, assents: Collection[UUID], purpose: str, by: Actor) -> None:
    """End, after a restore, what holders had agreed to before one of them said no. Repeating it changes nothing.

    `by` names the original entry. Raises AlreadyErased.
    """
    lock_existing_customer(customer)
    objects = JointAssent.objects.filter(pk__in=assents, customer=customer, ended_at=None)
    if ended := end_joint_assents(customer, CONSENT, list(objects.values_list("object", flat=True))):
        append_refusal_entry(customer, ended, by, purpose)


def append_refusal_entry(customer: UUID, ended: list[UUID], by: Actor, purpose: str = "") -> None:
    appending.append_entry(
        event="joint_consent.refused",
        by=by,
        customer=customer,
        object_type="customer",
        object=customer,
        purpose=purpose,
        details={"assents": [str(assent) for assent in ended]},
    )
