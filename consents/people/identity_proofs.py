"""Tell what a signed-in user has proved in this session about who they are, and ask for the proof an act needs."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from consents.people.models import Role, User
from consents.people.selectors import select_second_factors

# How long a factor counts as fresh when an officer changes something, seconds.
OFFICER_PROOF_LIFETIME = 15 * 60
# In the session's records: the provider of the company says that a second factor was used there.
COMPANY_FACTOR = "company_factor"


def list_ways_to_prove(user: User) -> set[str]:
    """List the ways in which this user can prove who they are, as sessions record them."""
    ways = set() if user.is_staff else {"code"}
    ways |= {"password"} if user.has_usable_password() else set()
    return ways | ({"mfa"} if has_factor(user) else set())


def list_proofs_given(request: HttpRequest, user: User) -> set[str]:
    """List the ways in which the user has proved in this session who they are."""
    proofs = {use.get("method") for use in get_authentication_records(request, user)} - {"mfa"}
    return list_ways_to_prove(user) & (proofs | ({"mfa"} if list_factor_uses(request) else set()))


def list_factor_uses(request: HttpRequest) -> list[dict[str, Any]]:
    """List when a second factor that the user still has was used in this session; another session's use is no proof."""
    records = get_authentication_records(request, request.user)
    ids = {use.get("id") for use in records if use.get("method") == "mfa"}
    factors = Authenticator.objects.filter(user=request.user.pk, pk__in=ids).values_list("pk", flat=True)
    still = set(factors) if ids else set()
    return [use for use in records if use.get("id") in still or is_company_factor(use)]


def is_company_factor(use: dict[str, Any]) -> bool:
    """Return True for a second factor at the company's provider, as long as the settings take it as one."""
    sign_in = settings.PORTAL_SIGN_INS.get(str(use.get("provider")))
    return use.get("method") == COMPANY_FACTOR and bool(sign_in and (sign_in.factors or sign_in.levels))


def has_factor(user: User) -> bool:
    """Return True if the user has a second factor; recovery codes alone are none."""
    return select_second_factors().filter(user=user.pk).exists()


def is_recently_authenticated(request: HttpRequest, seconds: int = app_settings.REAUTHENTICATION_TIMEOUT) -> bool:
    """Return True if the user proved a few minutes ago at most who they are: by second factor, if they have one.

    A customer without one proves by a mailed code: a password alone may have been stolen elsewhere.
    """
    user = request.user
    if not isinstance(user, User):
        return False
    uses = list_factor_uses(request)
    proofs = uses if uses or has_factor(user) else get_authentication_records(request, user)
    if not user.is_staff:
        proofs = [use for use in proofs if use.get("method") != "password"]
    return bool(proofs) and time.time() - float(proofs[-1]["at"]) < seconds


def check_fresh_proof(request: HttpRequest) -> None:
    """Raises ReauthenticationRequired unless the user proved a few minutes ago at most who they are."""
    if not is_recently_authenticated(request):
        raise ReauthenticationRequired


def check_officer_proof(request: HttpRequest) -> None:
    """Ask an officer for the second factor again before anything is changed.

    Raises ReauthenticationRequired; the form is sent again for them afterwards.
    """
    if settings.PORTAL_STAFF_MFA == "off" or request.method != "POST" or not is_officer(request.user):
        return
    if not is_recently_authenticated(request, OFFICER_PROOF_LIFETIME):
        raise ReauthenticationRequired


def is_officer(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_staff and user.staff_member.role != Role.REQUESTER)
