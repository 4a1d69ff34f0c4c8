"""Speak OpenID Connect with the company's own providers, and believe what they sign.

allauth leads there and back (state, PKCE, exchange of the code). What it takes on trust is checked here: the signature
of the ID token, its issuer, audience, moment and nonce, and that it was said to this very session.
"""

import json
import logging
import time
from typing import Any

import requests
from allauth.account.adapter import get_adapter
from allauth.account.internal.decorators import login_not_required
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from consents.accounts import company_accounts
from consents.accounts.company_sign_in import STAFF, CompanySignIn, is_safe_address
from consents.core import sealing
from consents.core.refusals import Refusal
from consents.people.models import User
from consents.people.proof_codes import COMPANY_FACTOR
from consents.people.visitors import limit_rate

# Lead to the company's provider and take people in who come back from it.

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


# Of key pairs alone: what a client's secret could sign, anybody who reads it could.
ALGORITHMS = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["Ed25519", "EdDSA"]
SKEW = 120  # seconds by which the provider's clock may differ
ANSWER_LONGEST = 256 * 1024
SUBJECT_LONGEST = 255
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class NotBelieved(OAuth2Error):
    """Signal an answer of the provider that is not what it must be. Carries the reason, for the log."""


class NonceClient(OAuth2Client):
    """Asks for an ID token that names the very state which this session holds."""

    def get_redirect_url(self, authorization_url: str, scope: list[str], extra_params: dict[str, str]) -> str:
        nonce = {"nonce": list_nonces(self.state or "")[0]}
        address: str = super().get_redirect_url(authorization_url, scope, extra_params | nonce)
        return address


class CompanyAdapter(OpenIDConnectOAuth2Adapter):
    """allauth's conversation with one provider. Everything raises NotBelieved or RequestException."""

    client_class = NonceClient

    @property
    def openid_config(self) -> dict[str, Any]:
        """Read how the provider describes itself, under the name that we know it by."""
        if not hasattr(self, "_openid_config"):
            self._openid_config = fetch_object(self.get_provider().server_url)
            check_description(self._openid_config, settings.PORTAL_SIGN_INS[self.provider_id].issuer)
        config: dict[str, Any] = self._openid_config
        return config

    @property
    def basic_auth(self) -> bool:
        """Return True where the secret goes into a header, as is usual unless a provider says otherwise."""
        ways = self.openid_config.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" in ways and ":" not in self.get_provider().app.client_id

    def read_claims(self, request: HttpRequest, code_verifier: str | None) -> dict[str, Any]:
        """Exchange the code of this request, and return what the provider says of the person, once it is verified."""
        app = self.get_provider().app
        check_sender(request.GET.get("iss"), self.openid_config)
        try:
            answer = self.get_access_token_data(request, app, self.get_client(request, app), code_verifier)
        except (KeyError, TypeError, AttributeError, ValueError) as reason:
            raise NotBelieved(f"no answer about the code: {type(reason).__name__}") from None
        claims = verify_id_token(
            answer.get("id_token"),
            keys=fetch_object(self.openid_config["jwks_uri"]),
            issuer=self.openid_config["issuer"],
            client=app.client_id,
            nonces=list_nonces(request.GET.get("state", "")),
        )
        return self.ask_for_more(answer["access_token"], claims) | claims

    def ask_for_more(self, token: str, claims: dict[str, Any]) -> dict[str, Any]:
        """Ask for the claims that the ID token leaves out; what is about somebody else counts for nothing."""
        address = self.openid_config.get("userinfo_endpoint")
        if not address:
            return {}
        more = fetch_object(address, token)
        if more.get("sub") != claims["sub"]:
            raise NotBelieved("userinfo about somebody else")
        return more


class CompanyProvider(OpenIDConnectProvider):
    """allauth's provider, with our side of the conversation."""

    oauth2_adapter_class = CompanyAdapter

    @classmethod
    def get_package(cls) -> str:
        """Return where allauth finds the addresses of the pages, which ours stand before."""
        package: str = OpenIDConnectProvider.__module__.rpartition(".")[0]
        return package


class ProviderAdapter(DefaultSocialAccountAdapter):
    """allauth's hooks: providers come from the settings alone, since who writes to the database must not add one."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=sign_in.id,
                name=sign_in.name,
                client_id=sign_in.client,
                secret=sign_in.secret,
                settings={"server_url": f"{sign_in.issuer.rstrip('/')}/.well-known/openid-configuration"}
                | {"scope": list(sign_in.scopes)},
            )
            for sign_in in settings.PORTAL_SIGN_INS.values()
            if provider in (None, sign_in.id)
        ]

    def list_providers(self, request: HttpRequest) -> list[Any]:
        """List none: allauth's own pages link to nobody."""
        return []


def list_nonces(state: str) -> list[str]:
    """Return the nonce of a state, which lies in the session it was made in, and what it was with older keys.

    Nobody else can compute it.
    """
    return [hashed.hex() for hashed in sealing.list_keyed_hashes(settings.KEYRING, "sign-in nonce", state)]


def fetch_object(address: str, token: str = "") -> dict[str, Any]:
    """Fetch a JSON object of bounded size; no redirect is followed."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with requests.get(
        address, headers=headers, timeout=settings.SOCIALACCOUNT_REQUESTS_TIMEOUT, allow_redirects=False, stream=True
    ) as response:
        text = response.raw.read(ANSWER_LONGEST + 1, decode_content=True)
        if response.status_code != 200 or len(text) > ANSWER_LONGEST:
            raise NotBelieved(f"answer {response.status_code} of {len(text)} bytes")
    return parse_object(text)


def parse_object(text: bytes) -> dict[str, Any]:
    try:
        content = json.loads(text)
        check_text(content)
    except (ValueError, RecursionError):
        raise NotBelieved("not JSON") from None
    if not isinstance(content, dict):
        raise NotBelieved("not a JSON object")
    return content


def check_text(content: object) -> None:
    """Raises ValueError for half a character (a lone surrogate), which JSON can hold and nothing here can keep."""
    json.dumps(content, ensure_ascii=False).encode()


def check_description(config: dict[str, Any], issuer: str) -> None:
    """Raises NotBelieved for a provider of another name, or one whose addresses anybody could answer for."""
    if config.get("issuer") != issuer:
        raise NotBelieved("another issuer")
    for name in NEEDED + (("userinfo_endpoint",) if config.get("userinfo_endpoint") else ()):
        if not isinstance(config.get(name), str) or not is_safe_address(config[name].partition("?")[0]):
            raise NotBelieved(f"no {name}")


def check_sender(issuer: str | None, config: dict[str, Any]) -> None:
    """Raises NotBelieved for a code that another provider gave (RFC 9207)."""
    must_say = config.get("authorization_response_iss_parameter_supported") is True
    if issuer != config["issuer"] and (issuer is not None or must_say):
        raise NotBelieved("a code of another provider")


def describe_reason(reason: OAuth2Error) -> str:
    """Say why in a log: of what a provider answered itself, nothing, since it may name the person."""
    return str(reason) if isinstance(reason, NotBelieved) else type(reason).__name__


def verify_id_token(token: object, *, keys: Any, issuer: str, client: str, nonces: list[str]) -> dict[str, Any]:
    """Return the claims of a token (OpenID Connect Core 3.1.3.7). Raises NotBelieved."""
    if not isinstance(token, str):
        raise NotBelieved("no ID token")
    try:
        claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims
        rules = jwt.JWTClaimsRegistry(
            leeway=SKEW,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "values": nonces},
        )
        rules.validate(claims)
        check_text(claims)
    except (JoseError, ValueError, TypeError, KeyError) as reason:
        raise NotBelieved(f"ID token: {type(reason).__name__} {getattr(reason, 'claim', '')}".strip()) from None
    is_for_others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if is_for_others else client) != client:
        raise NotBelieved("ID token for somebody else")
    if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= SUBJECT_LONGEST:
        raise NotBelieved("ID token about nobody")
    return dict(claims)


def is_fresh(claims: dict[str, Any], since: float) -> bool:
    """Return True if the person proved to the provider who they are after that moment."""
    moment = claims.get("auth_time")
    return isinstance(moment, int | float) and since - SKEW <= moment <= time.time() + SKEW
