"""Opt-outs of sale and sharing made by a browser: the Global Privacy Control signal, or the cookie of /opt-out/.

Both are valid opt-outs of the browser and, once its user is known, of the account (CCR 7025(c)(1)).
"""

from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from consents.choices import rules, selectors
from consents.choices.rules import BUTTON, OPT_OUT_PAGE, SIGNAL, ActContext
from consents.choices.services import withdrawing
from consents.core.interface import get_interface_version
from consents.people.models import Customer
from consents.people.visitors import PortalRequest, record_actor

OPT_OUT_COOKIE = "__Host-opt-out" if settings.SECURE else "opt-out"
COOKIE_SECONDS = 400 * 24 * 3600  # as long as browsers keep a cookie
# The same value in every browser, so that it identifies no one.
# A signer reads the keys when it is made; this module is imported before `demo` has made any.
SIGNATURE_SALT = "choices.opt_out"
PAGES = [f"choices/{name}.html" for name in ("choice", "confirm", "text", "stops")]


class SignalMiddleware:
    """Set `request.gpc`, and opt the account out where the browser asks for it and nothing has yet.

    `request.opt_out`, for the line on every page: "" (the browser asks for nothing), "honored", or "agreed" where the
    customer has agreed to a sale all the same, in sight of the signal. Costs nothing without a signal, one query with.
    """

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        request.gpc = rules.has_opt_out_signal(request.headers.get("Sec-GPC", ""))
        request.opt_out = apply_opt_out(request) if has_opt_out_wish(request) else ""
        response = self.get_response(request)
        patch_vary_headers(response, ["Sec-GPC"])
        return response


def has_opt_out_wish(request: PortalRequest) -> bool:
    return request.gpc or has_opt_out_cookie(request)


def apply_opt_out(request: PortalRequest) -> str:
    customer = get_customer(request)
    if customer is None:
        return "honored"
    standing = selectors.get_sale_standing(customer.pk)
    if standing.gives_way:
        method = SIGNAL if request.gpc else OPT_OUT_PAGE
        how = replace(build_act_context(request, method=method), signal=True)
        withdrawing.opt_out_of_sale(customer=customer.pk, by=record_actor(request), how=how)
    return "agreed" if standing.is_agreed_despite_signal else "honored"


def get_customer(request: PortalRequest) -> Customer | None:
    """Return the customer a signed-in user acts for; None for strangers and staff."""
    if not request.user.is_authenticated or request.user.is_staff:
        return None
    visitor = request.visitor
    return visitor.customer if visitor else None


def build_act_context(request: PortalRequest, language: str = "", method: str = BUTTON) -> ActContext:
    """Build the context of an act made by this HTTP request."""
    return ActContext(
        method=method,
        language=language,
        capacity=request.visitor.acting.capacity if request.visitor else "",
        signal=method == BUTTON and has_opt_out_wish(request),
        page="choices-" + get_interface_version(*PAGES),
    )


def has_opt_out_cookie(request: HttpRequest) -> bool:
    try:
        return Signer(salt=SIGNATURE_SALT).unsign(request.COOKIES.get(OPT_OUT_COOKIE, "")) == "1"
    except BadSignature:
        return False


def remember_opt_out(response: HttpResponse) -> None:
    response.set_cookie(
        OPT_OUT_COOKIE,
        Signer(salt=SIGNATURE_SALT).sign("1"),
        max_age=COOKIE_SECONDS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
