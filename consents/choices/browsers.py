"""What a browser says of sale and sharing: by the Global Privacy Control signal, or by what it remembers of /opt-out/.

Both count alike: as a valid opt-out of the browser and, once it is known whose, of the account (CCR 7025(c)(1)).
"""

from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from consents.choices import rules, selectors, services
from consents.choices.rules import BUTTON, OPT_OUT_PAGE, SIGNAL, How
from consents.core.interface import interface_of
from consents.people.models import Customer
from consents.people.visitors import actor_of

REMEMBERED = "__Host-opt-out" if settings.SECURE else "opt-out"
FOR_SECONDS = 400 * 24 * 3600  # as long as browsers keep a cookie
# The same in every browser: it tells nobody apart.
signer = Signer(salt="choices.opt_out")


class SignalMiddleware:
    """Sets `request.gpc` and opts the account out where the browser asks for it and nothing has yet.

    `request.opt_out`, for the line on every page: "" (the browser asks for nothing), "honored", or "agreed" where the
    customer has agreed to a sale all the same, in sight of the signal. Costs nothing without a signal, one query with.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.gpc = rules.has_signal(request.headers.get("Sec-GPC", ""))  # type: ignore[attr-defined]
        request.opt_out = honour(request) if asks(request) else ""  # type: ignore[attr-defined]
        response = self.get_response(request)
        patch_vary_headers(response, ["Sec-GPC"])
        return response


def asks(request: HttpRequest) -> bool:
    return request.gpc or is_remembered(request)  # type: ignore[attr-defined]


def honour(request: HttpRequest) -> str:
    customer = customer_of(request)
    if customer is None:
        return "honored"
    stands = selectors.sale_stands(customer.pk)
    if stands.gives_way:
        method = SIGNAL if request.gpc else OPT_OUT_PAGE  # type: ignore[attr-defined]
        how = replace(how_of(request, method=method), signal=True)
        services.opt_out(customer=customer.pk, by=actor_of(request), how=how)
    return "agreed" if stands.is_agreed_despite_signal else "honored"


def customer_of(request: HttpRequest) -> Customer | None:
    """Whom a signed-in user acts for; None for strangers and staff."""
    if not request.user.is_authenticated or request.user.is_staff:
        return None
    visitor = request.visitor  # type: ignore[attr-defined]
    return visitor.customer if visitor else None


def how_of(request: HttpRequest, language: str = "", method: str = BUTTON) -> How:
    """How an act of this request came about."""
    return How(
        method=method,
        language=language,
        capacity=request.visitor.acting.capacity,  # type: ignore[attr-defined]
        signal=method == BUTTON and asks(request),
        page=page_version(),
    )


def page_version() -> str:
    names = ("choice", "confirm", "text", "stops")
    return "choices-" + interface_of(*(f"choices/{name}.html" for name in names))


def is_remembered(request: HttpRequest) -> bool:
    try:
        return signer.unsign(request.COOKIES.get(REMEMBERED, "")) == "1"
    except BadSignature:
        return False


def remember(response: HttpResponse) -> None:
    response.set_cookie(
        REMEMBERED, signer.sign("1"), max_age=FOR_SECONDS, secure=settings.SECURE, httponly=True, samesite="Lax"
    )
