"""Lock one's own access when a phone is lost, and open it again after proof by two ways."""

from collections.abc import Collection
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import NotPermitted, NotValid, Unknown
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import selectors
from consents.people.models import Acting, User
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
    return save_lock(user, customer, by, is_locked=True)


@transaction.atomic
def lock_account_again(*, user: UUID, customer: UUID, by: Actor) -> None:
    """Lock again, after a restore, what the backup did not know was locked; nothing for an account it has not."""
    known = User.objects.filter(pk=user, closed_at=None).first()
    if known:
        save_lock(known, customer, by, is_locked=True)


@transaction.atomic
def unlock_account(*, user: User, customer: UUID, proofs: Collection[str], by: Actor) -> User:
    """Open the account again for who has proved by two different ways, in this session, who they are.

    Repeating it changes nothing. Raises NotProvedTwice, Unknown.
    """
    if len(set(proofs)) < WAYS_TO_UNLOCK:
        raise NotProvedTwice
    return save_lock(user, customer, by, is_locked=False)


def save_lock(user: User, customer: UUID, by: Actor, *, is_locked: bool) -> User:
    """Lock or unlock, unless it is done already. Raises Unknown."""
    appending.lock_people(user.pk)
    account = selectors.lock_open_user(user)
    if account is None:
        raise Unknown
    appending.lock_people(customer)
    if is_locked != bool(account.locked_at):
        account.locked_at = clock.now() if is_locked else None
        account.save(update_fields=["locked_at"])
        event = "account.locked" if is_locked else "account.unlocked"
        appending.append_entry(event=event, by=by, customer=customer, object_type="user", object=account.pk)
        account_lock_changed.send(sender=User, user=account, customer=customer, by=by)
    return account


def select_unproved_sign_ups() -> QuerySet[User]:
    """Select the accounts whose address was never verified, and in which nobody has been."""
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    acting = Acting.objects.filter(user=OuterRef("pk"))
    return User.objects.filter(~Exists(verified), ~Exists(acting), last_login=None, closed_at=None, staff_member=None)


@transaction.atomic
def free_address(email: str) -> None:
    """Take this address from a sign-up that never proved it, for somebody of whom we know that it is theirs.

    The sign-up stays without it until it is deleted: a code that is on its way then signs nobody in.
    """
    for user in select_unproved_sign_ups().filter(email=email).select_for_update(of=("self",)):
        EmailAddress.objects.filter(user=user).delete()
        user.email = f"{user.pk}@unproved.invalid"
        user.save(update_fields=["email"])
