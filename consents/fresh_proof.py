"""Let customers without a second factor prove again, by a mailed code, that it is still they at the browser.

allauth has no such way, and would take a password that may be stolen. The code is for one session, works once, for ten
minutes and three tries; the session holds its keyed hash.
"""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView
from allauth.core.exceptions import ReauthenticationRequired
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.people.rules import normalize_claim_code
from consents.people.visitors import CustomerRequest, is_recently_authenticated, limit_rate

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


class ReauthenticateByCodeView(BaseReauthenticateView):
    """Email a code on request, and take it."""

    form_class = ProofCodeForm
    template_name = "account/reauthenticate_by_code.html"
    request: CustomerRequest

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sent = {"was_sent": get_waiting_code(self.request) is not None, "email": self.request.user.email}
        return {**super().get_context_data(**kwargs), **sent}

    def post(self, request: CustomerRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "send" not in request.POST:
            response: HttpResponseBase = super().post(request, *args, **kwargs)
            return response
        if too_many := limit_rate(request, "reauthenticate_code"):
            return too_many
        send_code(request)
        page: HttpResponseBase = self.render_to_response(self.get_context_data(form=ProofCodeForm(request=request)))
        return page

    def form_valid(self, form: ProofCodeForm) -> HttpResponse:
        record_authentication(self.request, self.request.user, method="code", reauthenticated=True)
        response: HttpResponse = super().form_valid(form)
        return response

    def form_invalid(self, form: ProofCodeForm) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response


def send_code(request: CustomerRequest) -> None:
    """Email a new code to the address the person signs in with; an earlier one no longer works."""
    code = get_adapter().generate_login_code()
    request.session[SESSION_KEY] = {"hash": hash_code(request, code), "at": time.time(), "tries": 0}
    get_adapter().send_mail("account/email/proof_code", request.user.email, {"code": code})


def get_waiting_code(request: HttpRequest) -> dict[str, Any] | None:
    waiting = request.session.get(SESSION_KEY)
    return waiting if waiting and time.time() - waiting["at"] < LIFETIME and waiting["tries"] < TRIES else None


def use_code(request: HttpRequest, code: str) -> bool:
    """Return True for the code that was sent, once; a wrong one counts as a try."""
    waiting = get_waiting_code(request)
    if waiting is None:
        return False
    if constant_time_compare(waiting["hash"], hash_code(request, code)):
        del request.session[SESSION_KEY]
        return True
    request.session[SESSION_KEY] = waiting | {"tries": waiting["tries"] + 1}
    return False


def hash_code(request: HttpRequest, code: str) -> str:
    text = f"{request.user.pk} {normalize_claim_code(code)}"
    return sealing.compute_keyed_hash(settings.KEYRING, "proof code", text).hex()


def check_proof(request: HttpRequest) -> None:
    """Raises ReauthenticationRequired unless the person proved a few minutes ago at most who they are."""
    if not is_recently_authenticated(request):
        raise ReauthenticationRequired
