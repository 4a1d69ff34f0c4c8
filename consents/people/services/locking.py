"""Lock one's own access when a phone is lost, and open it again after proof by two ways."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import NotPermitted, NotValid, Unknown
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import selectors
from consents.people.models import User
from consents.people.signals import account_lock_changed

WAYS_TO_UNLOCK = 2


class NoSecondWay(NotValid):
    sentence = _(
        "You sign in with emailed codes alone, so we could not tell you from whoever has your phone. Set a password or "
        "two-step sign-in first, or call us."
    )


class NotProvedTwice(NotPermitted):
    sentence = _("Prove in a second way that it is you. Your access stays locked until then.")


class AccountLocked(NotPermitted):
    sentence = _("This access is locked. Its password cannot be changed until it is unlocked.")


@transaction.atomic
def lock_account(*, user: User, customer: UUID, ways: Collection[str], by: Actor) -> User:
    """Hide everything from this account until `unlock_account`; all its sessions end. Repeating it changes nothing.

    `ways`: how the person can prove who they are. `customer`: whose history tells of it. Raises NoSecondWay, Unknown.
    """
    if len(set(ways)) < WAYS_TO_UNLOCK:
        raise NoSecondWay
    return save_lock(user, customer, by)


@transaction.atomic
def lock_account_again(*, user: UUID, customer: UUID, by: Actor) -> None:
    """Lock again, after a restore, what the backup did not know was locked; nothing for an account it has not."""
    known = User.objects.filter(pk=user, closed_at=None).first()
    if known:
        save_lock(known, customer, by)


def save_lock(user: User, customer: UUID, by: Actor) -> User:
    locked = lock_people_of(user, customer)
    if locked.locked_at is None:
        locked.locked_at = clock.now()
        locked.save(update_fields=["locked_at"])
        append_lock_entry("account.locked", locked, customer, by)
    return locked


@transaction.atomic
def unlock_account(*, user: User, customer: UUID, proofs: Collection[str], by: Actor) -> User:
    """Open the account again for who has proved by two different ways, in this session, who they are.

    Repeating it changes nothing. Raises NotProvedTwice, Unknown.
    """
    if len(set(proofs)) < WAYS_TO_UNLOCK:
        raise NotProvedTwice
    locked = lock_people_of(user, customer)
    if locked.locked_at is not None:
        locked.locked_at = None
        locked.save(update_fields=["locked_at"])
        append_lock_entry("account.unlocked", locked, customer, by)
    return locked


def lock_people_of(user: User, customer: UUID) -> User:
    appending.lock_people(user.pk)
    locked = selectors.lock_open_user(user)
    if locked is None:
        raise Unknown
    appending.lock_people(customer)
    return locked


def append_lock_entry(event: str, user: User, customer: UUID, by: Actor) -> None:
    appending.append_entry(event=event, by=by, customer=customer, object_type="user", object=user.pk)
    account_lock_changed.send(sender=User, user=user, customer=customer, by=by)
