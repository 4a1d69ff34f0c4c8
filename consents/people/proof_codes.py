"""Tell what a signed-in user has proved in this session about who they are, and ask for the proof an act needs."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.people.models import Role, User
from consents.people.rules import normalize_claim_code
from consents.people.selectors import select_second_factors
from consents.people.visitors import CustomerRequest, limit_rate

# Mailed codes with which customers prove that it is still they at the browser.
#
# A code is for one session, works once, for ten minutes and three tries; the session holds its keyed hash.

WAY = "reauthenticate_by_code"  # its name among the ways to prove anew who one is
USE = "proof code"  # of its keyed hash
SESSION_KEY = "proof_code"
LIFETIME = 10 * 60
TRIES = 3


class ProofCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        error_messages={"required": _("Enter the code from our email.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        if not use_code(self.request, self.cleaned_data["code"]):
            raise forms.ValidationError(_("This code does not work. Check it, or ask for a new one."))
        return ""


def send_code(request: CustomerRequest) -> None:
    """Email a new code to the address the person signs in with; an earlier one no longer works."""
    code = get_adapter().generate_login_code()
    request.session[SESSION_KEY] = {"hash": hash_code(request, code).hex(), "at": time.time(), "tries": 0}
    get_adapter().send_mail("account/email/proof_code", request.user.email, {"code": code})


def get_waiting_code(request: HttpRequest) -> dict[str, Any] | None:
    waiting = request.session.get(SESSION_KEY)
    return waiting if waiting and time.time() - waiting["at"] < LIFETIME and waiting["tries"] < TRIES else None


def use_code(request: HttpRequest, code: str) -> bool:
    """Return True for the code that was sent, once; a wrong one counts as a try."""
    waiting = get_waiting_code(request)
    if waiting is None:
        return False
    if sealing.is_keyed_hash(settings.KEYRING, USE, name_code(request, code), bytes.fromhex(waiting["hash"])):
        del request.session[SESSION_KEY]
        return True
    request.session[SESSION_KEY] = waiting | {"tries": waiting["tries"] + 1}
    return False


def hash_code(request: HttpRequest, code: str) -> bytes:
    return sealing.compute_keyed_hash(settings.KEYRING, USE, name_code(request, code))


def name_code(request: HttpRequest, code: str) -> str:
    """Return what is hashed of a code: it counts for the one account that it was sent to."""
    return f"{request.user.pk} {normalize_claim_code(code)}"


def may_prove_by_code(request: CustomerRequest) -> bool:
    """Return True unless this account proves in another way: by its second factor."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    return bool(ways) and ways[0]["id"] == WAY


def offer_code(request: CustomerRequest) -> None:
    """Email a code for the step that comes next, unless one is on its way, or enough were sent."""
    if (
        may_prove_by_code(request)
        and get_waiting_code(request) is None
        and limit_rate(request, "reauthenticate_code") is None
    ):
        send_code(request)


def record_proof(request: CustomerRequest) -> None:
    """Remember in the session that a code proved who it is."""
    record_authentication(request, request.user, method="code", reauthenticated=True)


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
