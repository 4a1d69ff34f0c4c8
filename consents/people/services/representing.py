"""End the right of a user to act for a customer, and keep what a representative calls them."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import NotPermitted, NotValid, Refusal, Unknown, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import keys, rules, selectors
from consents.people.models import Acting, JointAssent, StaffMember, User
from consents.people.selectors import list_required_holders, select_joint_assents
from consents.people.services.claiming import AboutOneself
from consents.people.services.customer_records import change_address
from consents.people.services.holding import OFFICERS, check_not_own_matter, check_officer, lock_existing_customer
from consents.people.signals import acting_changed


class CannotEndActing(NotPermitted):
    sentence = _("Only this person, the customer if of age, or one of our officers can end this. Call us.")


class UnspokenName(NotValid):
    sentence = _("Use letters, digits, spaces, hyphens and dots only, and at most 40 of them.")


@transaction.atomic
def choose_spoken_name(*, acting: int, user: User, name: str) -> None:
    """Keep what a representative calls the customer, sealed under the customer's key; an empty name removes it.

    It permits nothing and only the representative reads it, so it leaves no entry. Raises Unknown, UnspokenName.
    """
    own = next((own for own in selectors.list_actings(user) if own.pk == acting), None)
    if own is None or own.is_holding:
        raise Unknown
    spoken = rules.normalize_spoken_name(name)
    if spoken and not rules.is_spoken_name(spoken):
        raise UnspokenName
    named = lock_acting(acting)
    named.sealed_name = keys.seal_spoken_name(named, spoken) if spoken else None
    named.save(update_fields=["sealed_name"])


@transaction.atomic
def end_acting(*, acting: int, user: User, by: Actor) -> Acting:
    """End what somebody does in a customer's name. Repeating it changes nothing.

    Users may end their own part, unless they are the only holder; a holder of age may also end a representative's.
    Everybody who acts for the customer is told, and the one whose part ends. Raises Unknown, CannotEndActing.
    """
    ending = lock_acting(acting)
    own = selectors.get_acting_for(user, ending.customer_id)
    if own is None and ending.user_id != user.pk:
        raise Unknown
    if ending.ends_at is None:
        if not may_end_acting(ending, own):
            raise CannotEndActing
        save_end(ending, by)
    return ending


@transaction.atomic
def end_acting_as_officer(*, acting: int, officer: StaffMember, by: Actor) -> Acting:
    """End, as an officer, what somebody does in a customer's name. Repeating it changes nothing.

    Raises NotAnOfficer, Unknown, AboutOneself, OwnMatter (they act for the customer too).
    """
    check_officer(officer, OFFICERS)
    ending = lock_acting(acting)
    if ending.user_id == officer.pk:
        raise AboutOneself
    check_not_own_matter(officer.pk, ending.customer_id)
    if ending.ends_at is None:
        save_end(ending, by)
    return ending


@transaction.atomic
def end_acting_again(*, customer: UUID, user: UUID, by: Actor) -> None:
    """End again, after a restore, what the backup did not know had ended. Repeating it changes nothing.

    `by` names the original entry.
    """
    key = Acting.objects.filter(customer=customer, user=user, ends_at=None).values_list("pk", flat=True).first()
    if key is not None:
        save_end(lock_acting(key), by)


def may_end_acting(ending: Acting, own: Acting | None) -> bool:
    """Return True for one's own part, unless one is the only holder, and for a representative's if `own` is a holder
    of age.
    """
    if own is None:
        return False
    if ending.is_holding:
        return own.pk == ending.pk and len(selectors.list_holders(ending.customer_id)) > 1
    return own.pk == ending.pk or (own.is_holding and selectors.may_consent_alone(ending.customer_id))


def lock_acting(acting: int) -> Acting:
    """Lock the user, the customer and the ending, in this order. Raises Unknown, AlreadyErased."""
    key = get_or_refuse(Acting.objects.filter(pk=acting).values_list("user_id", "customer_id"))
    appending.lock_people(key[0])
    lock_existing_customer(key[1])
    return Acting.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=acting)


def save_end(ending: Acting, by: Actor) -> None:
    ending.ends_at, ending.sealed_name = clock.now(), None
    ending.save(update_fields=["ends_at", "sealed_name"])
    customer: UUID = ending.customer_id
    appending.append_entry(
        event="acting.ended",
        by=by,
        customer=customer,
        object_type="customer",
        object=customer,
        outcome=ending.capacity,
        details={"user": str(ending.user_id)},
    )
    # Where the customer has left an account they shared, a holder who stays is written to from now on.
    if ending.capacity == Acting.Capacity.SELF and (staying := selectors.list_holders(customer)):
        change_address(customer, staying[0].user.email, by)
    acting_changed.send(sender=Acting, acting=ending)


class HoldersAnswerThemselves(Refusal):
    sentence = _("Several people share this account and must all agree. Each of them signs in to say yes.")


def list_missing_users(customer: UUID, matter: JointAssent.Matter, object: str, saying: UUID | None) -> frozenset[UUID]:
    """List the holders whose yes to this is still missing beside that of `saying`."""
    given = select_joint_assents(customer).filter(matter=matter, object=object)
    return list_required_holders(customer, saying) - set(given.values_list("given_by", flat=True))


def save_joint_assent(customer: UUID, matter: JointAssent.Matter, object: str, holder: UUID) -> JointAssent | None:
    """Keep a holder's yes, inside an act whose one entry, about this object, names it as `assent`. None if it is kept.

    One that has run out gives way.
    """
    own = JointAssent.objects.filter(customer=customer, matter=matter, object=object, given_by=holder, ended_at=None)
    if select_joint_assents(customer).filter(pk__in=own).exists():
        return None
    own.update(ended_at=clock.now())
    return JointAssent.objects.create(customer_id=customer, matter=matter, object=object, given_by_id=holder)


def end_joint_assents(customer: UUID, matter: JointAssent.Matter, objects: Collection[str]) -> list[UUID]:
    """End what holders have said yes to, inside an act: each had a share in the last yes, or one of them said no."""
    standing = JointAssent.objects.filter(customer=customer, matter=matter, object__in=objects, ended_at=None)
    ended = sorted(standing.values_list("pk", flat=True))
    JointAssent.objects.filter(pk__in=ended).update(ended_at=clock.now())
    return ended
