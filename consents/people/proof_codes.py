"""Mailed codes with which customers prove that it is still they at the browser.

A code is for one session, works once, for ten minutes and three tries; the session holds its keyed hash.
"""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.people.rules import normalize_claim_code
from consents.people.visitors import CustomerRequest, limit_rate

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
