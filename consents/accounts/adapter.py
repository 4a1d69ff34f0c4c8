"""Adapt allauth: sign-in codes by email for customers, never for staff alone; all its email is queued.

Whoever changes how they sign in proves first who they are, and is signed out everywhere else.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import IPv6Address
from typing import Any
from uuid import UUID, uuid4

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from consents.accounts.company_sign_in import STAFF
from consents.accounts.sessions import decode_session, end_sessions, record_new_password
from consents.core import clock
from consents.core.working_ahead import run_for_each
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.selectors import list_failing_addresses
from consents.notifications.services import failing as notifications_failing
from consents.notifications.services import queueing
from consents.notifications.services.queueing import confirm_act
from consents.people.known_browsers import is_known_to, list_known_users
from consents.people.models import StaffMember, User
from consents.people.proof_codes import check_fresh_proof, has_factor
from consents.people.rules import normalize_address
from consents.people.services import customer_records
from consents.people.services.erasing import Farewell
from consents.people.services.locking import AccountLocked, free_address, select_unproved_sign_ups
from consents.people.visitors import CustomerRequest, get_visitor, keep_last_visit, may_email, record_actor

# Emails that anybody can have sent to any address, by typing it into a form.
ASKED_BY_ANYONE = {
    "account_already_exists",
    "email_confirmation",
    "email_confirmation_signup",
    "login_code",
    "password_reset_code",
    "unknown_account",
}
SIGN_IN_ERRORS = {
    "email_password_mismatch": _("The email address or the password is not right."),
    "enter_current_password": _("This is not your password. Try again."),
    "incorrect_password": _("This is not your password. Try again."),
    "incorrect_code": _("This code does not work. Check it, or ask for a new one."),
}
CODE_IS_USED_UP = _("This code was entered wrongly too often and no longer works. Ask for a new one.")
ACCESS_LOCKED = _("An access to this portal was locked: it shows nothing, and every device was signed out.")
ACCESS_UNLOCKED = _("An access to this portal was unlocked after proof in two ways.")
MOST_SIGN_UPS = 1000  # deleted in one run


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | SIGN_IN_ERRORS

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what limits "per ip" count: a known browser by itself, not with strangers at its address.

        It gets an address that no machine has (RFC 4193). No page or email of ours shows what allauth asks for here.
        """
        known = list_known_users(request)
        if known:
            return str(IPv6Address(b"\xfd" + known[0].bytes[-7:] + bytes(8)))
        return str(super().get_client_ip(request))

    def get_login_redirect_url(self, request: CustomerRequest) -> str:
        return reverse("admin:index" if request.user.is_staff else "home")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count attempts to sign in from a browser of the address's owner apart from everyone else's."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"known-{key}" if is_known_to(request, credentials.get("email", "")) else key

    def is_safe_url(self, url: str) -> bool:
        """Accept paths of ours alone: Django would take a word for the name of a page, and fail."""
        return bool(url) and url.startswith("/") and bool(super().is_safe_url(url))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the email: sending it now would reveal by its duration which addresses are known."""
        if template_prefix.rpartition("/")[2] in ASKED_BY_ANYONE and not may_email(allauth_context.request, email):
            return
        company = {"company": settings.PORTAL_COMPANY, "phone": settings.PORTAL_PHONE}
        message = self.render_mail(template_prefix, email, context | company | {"request": allauth_context.request})
        lives = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT) if "code" in context else None
        queueing.queue_account_email(to=email, subject=message.subject, body=str(message.body), lives=lives)

    def add_message(
        self, request: HttpRequest, level: int, *args: Any, message: str | None = None, **more: Any
    ) -> None:
        """Say of a mailed code that was tried too often what to do: allauth speaks of sign-ins and of waiting."""
        if message and message == self.error_messages["too_many_login_attempts"]:
            message = str(CODE_IS_USED_UP)
        super().add_message(request, level, *args, message=message, **more)

    def pre_login(self, request: HttpRequest, user: User, **login: Any) -> HttpResponse | None:
        """Refuse a sign-in that was begun with an address the account has lost meanwhile."""
        email = login["email"]
        if email and not login["signup"] and not EmailAddress.objects.filter(user=user, email__iexact=email).exists():
            clear_login(request)
            return redirect("account_login")
        if is_local_refused(user, login["signal_kwargs"]):
            clear_login(request)
            messages.error(request, gettext("Please sign in through your company."))
            return redirect("account_login")
        keep_last_visit(request, user)
        response: HttpResponse | None = super().pre_login(request, user, **login)
        return response

    def set_password(self, user: User, password: str) -> None:
        """Raises AccountLocked: a mailed code must not make the second way that unlocking asks for."""
        user.set_password(password)  # takes its time: nothing is held meanwhile
        with transaction.atomic():
            appending.lock_people(user.pk)
            user.refresh_from_db(fields=["locked_at"])
            if user.locked_at:
                raise AccountLocked
            user.save(update_fields=["password"])  # whatever else was changed meanwhile stays
            record_new_password(allauth_context.request, user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Let another address wait until the one in use was told; the first address of an account counts at once."""
        user = email_address.user
        if not EmailAddress.objects.filter(user=user, verified=True).exists():
            return bool(super().confirm_email(request, email_address))
        moment = announce_address_change(user, email_address.email)
        sentence = gettext("We have told your old address. The new one counts from %(moment)s.")
        messages.success(request, sentence % {"moment": moment})
        return True

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """Judge everybody alike; allauth asks nothing of those with neither password nor second factor.

        Raises ReauthenticationRequired.
        """
        check_fresh_proof(allauth_context.request)
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Take nothing less than the second factor from those who have one; never a mailed code from staff.

        A customer's password is no more than the second way that a locked account asks for.
        """
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not user.is_authenticated:
            return ways
        if has_factor(user):
            return order_factors(ways)
        if user.is_staff:
            # Return the way to prove anew who one is at the company's provider, if there is one.
            url = reverse("openid_connect_login", args=[STAFF])
            way = {"id": "company_sign_in", "description": _("Sign in again through your company"), "url": url}
            return [*([way] if STAFF in settings.PORTAL_SIGN_INS else []), *ways]
        by_code = {
            "id": "reauthenticate_by_code",
            "description": _("Get a code by email"),
            "url": reverse("reauthenticate_by_code"),
        }
        return [by_code, *ways] if user.locked_at else [by_code]


def is_local_refused(user: User, signalled: dict[str, Any] | None) -> bool:
    """Return True for a member of staff who did not come through the company's provider, where only that counts."""
    sign_in = settings.PORTAL_SIGN_INS.get(STAFF)
    return bool(sign_in and sign_in.is_only and user.is_staff and (signalled or {}).get("company_sign_in") != STAFF)


def order_factors(ways: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the ways of second factors, passkeys first."""
    passkey, code = _("Use your passkey"), _("Use authenticator app or code")
    factors = [way for way in ways if way["id"].startswith("mfa_")]
    named = [way | {"description": passkey if way["id"].endswith("webauthn") else code} for way in factors]
    return sorted(named, key=lambda way: not way["id"].endswith("webauthn"))


def check_mail_arrives(request: HttpRequest, user: User, **_: Any) -> None:
    """Receive allauth's signal of a sign-in. A code by email proves that email arrives; others are warned if not."""
    visitor = get_visitor(request)
    failing = list_failing_addresses(user, visitor.customer if visitor else None)
    if not failing:
        return
    if visitor and has_signed_in_by_code(request, user):
        notifications_failing.restore_address(customer=visitor.customer.pk, addresses=failing, by=record_actor(request))
    else:
        messages.warning(request, gettext("Our emails do not reach you. Please check your address under “Account”."))


def has_signed_in_by_code(request: HttpRequest, user: User) -> bool:
    methods = get_authentication_records(request, user)
    return bool(methods) and methods[-1].get("method") == "code"


def follow_new_address(request: HttpRequest, user: User, **_: Any) -> None:
    """Receive allauth's signal that a user has another verified address."""
    customer_records.adopt_account_address(user=user, by=record_actor(request))


def end_other_sessions(request: HttpRequest, user: User, **_: Any) -> None:
    """Receive allauth's signals that password, second factor or address changed: sign out everywhere else."""
    end_sessions(UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key or ""))


def count_new_factor(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Receive allauth's signal that a factor was set up: its first code was a use of it in this session."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


def keep_recovery_proof(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Receive allauth's signal that recovery codes were made anew: an old one that proved in this session who they are
    goes on doing so. Whoever has lost their phone could else not read the codes that they have just made.
    """
    records = get_authentication_records(request, user)
    renewed = [one | {"id": authenticator.pk} if one.get("type") == authenticator.type else one for one in records]
    if renewed != records:
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = renewed


def follow_account_lock(user: User, customer: UUID, by: Actor, **_: Any) -> None:
    """Sign a locked account out everywhere, and confirm by email that it was locked or unlocked."""
    if user.locked_at:
        end_sessions(UserSession.objects.filter(user=user))
    act = ACCESS_LOCKED if user.locked_at else ACCESS_UNLOCKED
    confirm_act(customer=customer, act=act, key=f"account_lock:{uuid4()}", actor=by, is_collected=False)


def delete_reset_factors(member: StaffMember, change: str, **_: Any) -> None:
    """Delete the second factors of a member of staff whom two officers let set them up anew, and sign them out."""
    if change == "factors_reset":
        end_sessions(UserSession.objects.filter(user=member.pk))
        Authenticator.objects.filter(user=member.pk).delete()


def close_accounts(users: list[User], **_: Any) -> None:
    """Delete the addresses, second factors, ties to providers and sessions of an erased customer's accounts."""
    end_sessions(UserSession.objects.filter(user__in=users))
    Authenticator.objects.filter(user__in=users).delete()
    # Past Django's cascade: it would read tokens, of which there are none.
    ties = SocialAccount.objects.filter(user__in=users)
    ties._raw_delete(ties.db)
    EmailAddress.objects.filter(user__in=users).delete()


def end_unfinished_sign_ins(farewell: Farewell, **_: Any) -> None:
    """End sign-ins of an erased customer that were never completed: such a session holds the address or the user."""
    theirs = {*farewell.addresses, *(str(user.pk) for user in farewell.closed)}
    live = Session.objects.filter(expire_date__gte=timezone.now()).iterator()
    ended = [session.pk for session in live if theirs & set(list_texts(decode_session(session)))]
    Session.objects.filter(pk__in=ended).delete()


def list_texts(content: Any) -> Iterator[str]:
    """Yield every text in a session's content, addresses normalized."""
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from list_texts(part)
    elif isinstance(content, str):
        yield normalize_address(content)


def delete_unfinished_sign_ups() -> int:
    """Delete accounts, a day old, whose address was never verified, and return their number: anyone can begin one with
    someone else's address.
    """
    unfinished = select_unproved_sign_ups().filter(date_joined__lte=clock.now() - timedelta(days=1))
    users = list(unfinished[:MOST_SIGN_UPS])
    for user in users:
        with transaction.atomic():
            EmailAddress.objects.filter(user=user).delete()
            user.delete()
    return len(users)


def delete_expired_sessions() -> None:
    """Delete expired sessions and rate limits, which name addresses and users and are no longer needed."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    # Not those of today: a sign-in in progress may have this row before its session.
    old = UserSession.objects.filter(created_at__lt=now - timedelta(days=1))
    old.exclude(session_key__in=Session.objects.values("session_key")).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM portal_cache WHERE expires < %s", [now])


# Let a new sign-in address count only after the old one was told and had its chance to object.
#
# Whoever sits at an open browser, even with the mailbox open beside it, gains nothing that its owner cannot undo.


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


# Log which account sent what a page refused: a value that a form does not take, an act that a rule forbids, too much.
#
# One line for each: account, page, status. Never what was sent, nor the address, which may hold a code.

logger = logging.getLogger(__name__)
HARMLESS = ("GET", "HEAD", "OPTIONS")
TOO_MANY = 429


class RefusalLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_refused(request, response):
            who, page = request.user.pk or "of nobody", getattr(request.resolver_match, "view_name", "no page")
            logger.warning("account %s sent what %s refused with %s", who, page, response.status_code)
        return response


def is_refused(request: HttpRequest, response: HttpResponse) -> bool:
    """Return True for what was to change something and did not, and for what was asked too often."""
    return response.status_code == TOO_MANY or (400 <= response.status_code < 500 and request.method not in HARMLESS)
