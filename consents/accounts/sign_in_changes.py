"""Put on record what changes how somebody signs in: which way, and never a secret. Its owner is told by email.

A password changes together with its entry. Of passkeys, apps and codes allauth tells once they are stored, and the
entry follows.
"""

from dataclasses import replace
from typing import Any

from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.ledger.selectors import timelines
from consents.ledger.services import appending
from consents.people.models import Acting, User
from consents.people.visitors import record_actor

CHANGES = ("account.password_changed", "account.factor_added", "account.factor_removed", "session.ended")
MOST_SHOWN = 20


def follow_factors() -> None:
    """Connect what follows to allauth's signals."""
    for added in (mfa.authenticator_added, mfa.authenticator_reset):
        added.connect(record_new_factor)
    mfa.authenticator_removed.connect(record_removed_factor)


def record_new_factor(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    append_sign_in_entry(
        event="account.factor_added", user=user, by=get_owner(request, user), outcome=authenticator.type
    )


def record_removed_factor(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    append_sign_in_entry(
        event="account.factor_removed", user=user, by=get_owner(request, user), outcome=authenticator.type
    )


def record_new_password(request: HttpRequest, user: User) -> None:
    append_sign_in_entry(event="account.password_changed", user=user, by=get_owner(request, user))


def get_owner(request: HttpRequest, user: User) -> Actor:
    """Return the owner of the sign-in as who acts: they have proved it, if only by a mailed code."""
    return replace(record_actor(request), kind="staff" if user.is_staff else "customer", id=str(user.pk))


@transaction.atomic
def append_sign_in_entry(*, event: str, user: User, by: Actor, outcome: str = "") -> None:
    """Append the entry to the history of the person's own record; to the company's where they have none."""
    appending.lock_people(user.pk)
    own = Acting.objects.filter(user=user, capacity="self", ends_at=None).values_list("customer", flat=True).first()
    appending.append_entry(event=event, by=by, customer=own, object_type="user", object=user.pk, outcome=outcome)


def list_sign_in_changes(user: User) -> list[Entry]:
    """List the newest changes of how this account signs in and where, newest first."""
    return list(timelines.list_entries(user.pk).filter(event__in=CHANGES).order_by("-id")[:MOST_SHOWN])
