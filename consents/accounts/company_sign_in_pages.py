"""Lead to the company's provider and take people in who come back from it."""

import logging
import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.decorators import login_not_required
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from requests import RequestException

from consents.accounts import company_accounts
from consents.accounts.company_sign_in import STAFF, CompanySignIn
from consents.accounts.single_sign_on import CompanyAdapter, describe_reason, is_fresh
from consents.core.refusals import Refusal
from consents.people.identity_proofs import COMPANY_FACTOR
from consents.people.models import User
from consents.people.visitors import limit_rate

logger = logging.getLogger(__name__)
AGAIN = {"prompt": "login", "max_age": "0"}


@login_not_required
@require_safe
def begin_company_sign_in(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Lead to the provider; who is signed in already proves there once more who they are."""
    sign_in = get_sign_in_or_404(provider_id)
    if too_many := limit_rate(request, "company_sign_in", counts_get=True):
        return too_many
    provider = CompanyAdapter(request, sign_in.id).get_provider()
    back, user = get_next_redirect_url(request) or "", request.user
    kept = {"again": str(user.pk) if user.is_authenticated else "", "at": time.time()}
    try:
        parameters = AGAIN.copy() if kept["again"] else {}
        response: HttpResponse = provider.redirect(request, AuthProcess.LOGIN, back, kept, auth_params=parameters)
    except (OAuth2Error, RequestException) as reason:
        return show_unreachable(request, reason)
    return response


@login_not_required
@require_safe
def finish_company_sign_in(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Take in who comes back, if this session sent them and the provider signed who they are."""
    sign_in = get_sign_in_or_404(provider_id)
    adapter = CompanyAdapter(request, sign_in.id)
    state = statekit.unstash_state(request, state_id=request.GET.get("state", ""), provider_id=sign_in.id)
    if state is None or "code" not in request.GET:
        return show_sign_in_trouble(
            request, _("The sign-in was not finished, or it was finished already. Please begin again."), 400
        )
    try:
        claims = adapter.read_claims(request, state.get("pkce_code_verifier"))
    except OAuth2Error as reason:
        logger.warning("a sign-in through %s was not believed: %s", sign_in.id, describe_reason(reason))
        return show_sign_in_trouble(
            request, _("The sign-in service gave an answer that we cannot trust. Please call us."), 403
        )
    except RequestException as reason:
        return show_unreachable(request, reason)
    return take_in(request, sign_in, claims, state)


def get_sign_in_or_404(id: str) -> CompanySignIn:
    if id not in settings.PORTAL_SIGN_INS:
        raise Http404
    sign_in: CompanySignIn = settings.PORTAL_SIGN_INS[id]
    return sign_in


def take_in(
    request: HttpRequest, sign_in: CompanySignIn, claims: dict[str, Any], state: dict[str, Any]
) -> HttpResponseBase:
    """Sign the person in whom the claims are about, or count their proof if they are signed in already."""
    try:
        user = company_accounts.admit_by_claims(sign_in=sign_in, claims=claims)
    except Refusal as refusal:
        company_accounts.end_sessions_without_place(sign_in, claims["sub"])
        return show_sign_in_trouble(request, str(refusal), refusal.status)
    again = state["data"]["again"]
    if again and request.user.is_authenticated:
        return take_proof(request, sign_in, user, claims, state)
    record_proof(request, sign_in, user, claims)
    login = Login(user=user, redirect_url=state.get("next"), signal_kwargs={"company_sign_in": sign_in.id})
    response: HttpResponse = perform_login(request, login)
    return response


def take_proof(
    request: HttpRequest, sign_in: CompanySignIn, user: User, claims: dict[str, Any], state: dict[str, Any]
) -> HttpResponseBase:
    """Count the proof of whoever is signed in: it must be the same person, and no older than the question."""
    if user.pk != request.user.pk or state["data"]["again"] != str(user.pk):
        return show_sign_in_trouble(request, _("This is another account than the one you are signed in with."), 403)
    if not is_fresh(claims, state["data"]["at"]):
        return show_sign_in_trouble(request, _("The sign-in service did not ask you again who you are."), 403)
    record_proof(request, sign_in, user, claims, reauthenticated=True)
    request.GET = QueryDict(urlencode({"next": state.get("next") or ""}))  # where allauth looks for the page to go on
    resumed: HttpResponse | None = resume_request(request)
    return resumed or redirect(get_adapter().get_login_redirect_url(request))


def record_proof(
    request: HttpRequest, sign_in: CompanySignIn, user: User, claims: dict[str, Any], **details: bool
) -> None:
    record_authentication(request, user, "company_sign_in", provider=sign_in.id, **details)
    if sign_in.id == STAFF and sign_in.takes_as_factor(claims):
        record_authentication(request, user, COMPANY_FACTOR, provider=sign_in.id, **details)


def show_unreachable(request: HttpRequest, reason: Exception) -> HttpResponse:
    logger.warning("a provider does not answer as it should: %s", type(reason).__name__)
    return show_sign_in_trouble(
        request, _("The sign-in service does not answer. Try again in a few minutes, or sign in another way."), 503
    )


def show_sign_in_trouble(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return render(request, "account/company_trouble.html", {"sentence": sentence}, status=status)
