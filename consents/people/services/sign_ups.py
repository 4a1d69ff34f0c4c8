"""Find sign-ups that were begun and never proved: anyone can begin one, with somebody else's address."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from consents.people.models import Acting, User


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
