"""The holders of a shared account agree to a purpose together; the no of one ends what the others have said yes to."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import PurposeVersion
from consents.choices.models import Choice
from consents.choices.services.locking import LockedChoice, PublishedText
from consents.choices.services.recording import ChoiceAct
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.services.confirming import confirm_act
from consents.people.models import Acting, JointAssent
from consents.people.services.assenting import (
    HoldersAnswerThemselves,
    end_joint_assents,
    list_missing_users,
    save_joint_assent,
)
from consents.people.services.holding import lock_existing_customer

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
