"""Let a new sign-in address count only after the old one was told and had its chance to object.

Whoever sits at an open browser, even with the mailbox open beside it, gains nothing that its owner cannot undo.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import pgettext

from consents.accounts.devices import end_sessions
from consents.core import clock
from consents.core.one_by_one import run_for_each
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.people.models import User
from consents.people.services import customer_records
from consents.people.services.sign_ups import free_address


@transaction.atomic
def announce_address_change(user: User, email: str) -> str:
    """Note the verified new address, tell the old one, and leave everything else as it is.

    Returns the moment from which the new one counts, for the page.
    """
    user.new_email, user.new_email_at = email.lower(), clock.now() + settings.PORTAL_WAIT_FOR_ADDRESS
    user.save(update_fields=["new_email", "new_email_at"])
    EmailAddress.objects.filter(user=user, verified=False).delete()
    moment = date_format(localtime(user.new_email_at), pgettext("date and time format", "j F Y, H:i"))
    get_adapter().send_notification_mail("account/email/address_change_announced", user, {"moment": moment})
    return moment


def cancel_address_change(user: User, *, is_told: bool = True) -> bool:
    """Keep the old address and tell it; False if none is to replace it, or no longer, because it counts by now."""
    waiting = User.objects.filter(pk=user.pk).exclude(new_email="")
    if not waiting.update(new_email="", new_email_at=None):
        return False
    if is_told:
        get_adapter().send_notification_mail("account/email/address_change_cancelled", user)
    return True


def keep_locked_address(user: User, by: Actor, **_: Any) -> None:
    """Receive the signal of a lock or its end: whoever had the phone may have asked for the change, even at the moment
    of the lock, while nobody could object. A restoration, which locks again, tells nobody.
    """
    cancel_address_change(user, is_told=not by.original)


def apply_address_changes() -> None:
    """Let the new addresses count whose time has come. Repeating it changes nothing."""
    due = User.objects.filter(new_email_at__lte=clock.now(), locked_at=None).values_list("pk", flat=True)
    run_for_each(list(due), apply_address_change)


@transaction.atomic
def apply_address_change(id: Any) -> None:
    """Replace one address, unless somebody else has it by now; sign out everywhere and tell both addresses."""
    appending.lock_people(id)
    due = User.objects.filter(pk=id, new_email_at__lte=clock.now(), locked_at=None)
    user = due.select_for_update(no_key=True).first()
    if user is None:
        return
    old, new = user.email, user.new_email
    user.new_email, user.new_email_at = "", None
    free_address(new)
    if EmailAddress.objects.filter(email=new).exclude(user=user).exists() or User.objects.filter(email=new).exists():
        user.save(update_fields=["new_email", "new_email_at"])
        return
    user.email = new
    user.save(update_fields=["email", "new_email", "new_email_at"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=new, verified=True, primary=True)
    customer_records.adopt_account_address(user=user, by=PORTAL)
    end_sessions(UserSession.objects.filter(user=user))
    for address in (old, new):
        get_adapter().send_mail("account/email/email_changed", address, {"user": user})
