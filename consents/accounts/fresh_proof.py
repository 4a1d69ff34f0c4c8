"""Let customers without a second factor prove again, by a mailed code, that it is still they at the browser.

allauth has no such way, and would take a password that may be stolen.
"""

from typing import Any

from allauth.account.views import BaseReauthenticateView
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from consents.people.proof_codes import ProofCodeForm, get_waiting_code, record_proof, send_code
from consents.people.visitors import CustomerRequest, limit_rate


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
        record_proof(self.request)
        response: HttpResponse = super().form_valid(form)
        return response

    def form_invalid(self, form: ProofCodeForm) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response
