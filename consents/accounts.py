"""How allauth behaves in this house: codes by mail for customers, never for staff alone; all its mail is queued."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import RequestLoginCodeForm, SignupForm
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from consents.ledger.rules import Actor
from consents.notifications import services as notifications
from consents.notifications.selectors import failing_addresses
from consents.people import services as people
from consents.people.models import Role, StaffMember, User
from consents.people.rules import same_address
from consents.people.services import Farewell
from consents.people.visitors import actor_of, visitor_of


class AccountAdapter(DefaultAccountAdapter):
    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index" if request.user.is_staff else "home")  # type: ignore[union-attr]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queued: sending inside the request would tell by its time which addresses are known."""
        about = {"company": settings.PORTAL_COMPANY, "phone": settings.PORTAL_PHONE}
        message = self.render_mail(template_prefix, email, context | about | {"request": allauth_context.request})
        notifications.queue_account_mail(to=email, subject=message.subject, body=str(message.body))

    def format_email_subject(self, subject: str) -> str:
        return subject


class RequestCodeForm(RequestLoginCodeForm):
    """A mailed code alone never opens a staff account: it is answered like an unknown address."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        user: User | None = getattr(self, "_user", None)
        if user is not None and user.is_staff:
            self._user = None
        return email


class SignUpForm(SignupForm):
    """Customers sign up with the email address alone; a password is theirs to add later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password1", None)


@transaction.atomic
def admit_staff(
    *, email: str, role: Role, team: str, first_name: str, last_name: str = "", number: str = "", by: Actor
) -> StaffMember:
    """Invite a member of staff who can sign in.

    The address counts as verified; the first password is set with a mailed code ("Forgot your password?").
    Raises CannotInvite when the address is already in use.
    """
    member = people.invite_staff(
        email=email, role=role, team=team, first_name=first_name, last_name=last_name, number=number, by=by
    )
    EmailAddress.objects.create(user=member.user, email=member.user.email, verified=True, primary=True)
    return member


def look_after_mail(request: HttpRequest, user: User, **_: Any) -> None:
    """allauth's news that somebody signed in. Who did it by a mailed code shows that mail arrives; others are told
    when it does not."""
    visitor = visitor_of(request)
    failing = failing_addresses(user, visitor.customer if visitor else None)
    if not failing:
        return
    if visitor and signed_in_by_code(request, user):
        notifications.restore_address(customer=visitor.customer.pk, addresses=failing, by=actor_of(request))
    else:
        messages.warning(
            request, gettext("Mail we send you does not arrive. Please check your address under “Account”.")
        )


def signed_in_by_code(request: HttpRequest, user: User) -> bool:
    methods = get_authentication_records(request, user)
    return bool(methods) and methods[-1].get("method") == "code"


def follow_new_address(request: HttpRequest, user: User, **_: Any) -> None:
    """allauth's news that somebody signs in with another verified address."""
    people.follow_address(user=user, by=actor_of(request))


def close_accounts(users: list[User], **_: Any) -> None:
    """An erased customer's account: addresses, second factors and sessions go, at once and everywhere."""
    open_ones = UserSession.objects.filter(user__in=users)
    Session.objects.filter(pk__in=list(open_ones.values_list("session_key", flat=True))).delete()
    open_ones.delete()
    Authenticator.objects.filter(user__in=users).delete()
    EmailAddress.objects.filter(user__in=users).delete()


def end_sign_ins(farewell: Farewell, **_: Any) -> None:
    """An erased customer's visits that never got as far as signing in: such a session holds the address or the user."""
    theirs = {*farewell.addresses, *(str(user.pk) for user in farewell.closed)}
    live = Session.objects.filter(expire_date__gte=timezone.now()).iterator()
    ended = [session.pk for session in live if theirs & set(said(session.get_decoded()))]
    Session.objects.filter(pk__in=ended).delete()


def said(content: Any) -> Iterator[str]:
    """Every text in what a session holds; addresses as they are compared."""
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from said(part)
    elif isinstance(content, str):
        yield same_address(content)


def forget_ended() -> None:
    """Sessions and rate limits that have run out: they name addresses and users, and nobody needs them any more."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    # Not of today: a sign-in under way may have this row before its session.
    old = UserSession.objects.filter(created_at__lt=now - timedelta(days=1))
    old.exclude(session_key__in=Session.objects.values("session_key")).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM portal_cache WHERE expires < %s", [now])
