"""No sale, no sharing: for everybody, without sign-in and without a question asked (CCR 7025, 7026)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consents.choices import browsers, selectors, services
from consents.choices.browsers import customer_of, how_of
from consents.choices.rules import OPT_OUT_PAGE
from consents.people.visitors import once

SINCE = "2026-11-24"  # since when this site honours the signal as it does now


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest) -> HttpResponse:
    """One sentence, one button; remembered for this browser and, signed in, for the account."""
    customer = customer_of(request)
    if request.method != "POST":
        is_out = selectors.sale_stands(customer.pk).is_opted_out if customer else browsers.asks(request)
        context = {"is_opted_out": is_out, "is_account": customer is not None}
        return render(request, "choices/opt_out.html", context | {"is_remembered": browsers.is_remembered(request)})
    if customer:
        how = how_of(request, method=OPT_OUT_PAGE)
        once(request, lambda by: services.opt_out(customer=customer.pk, by=by, how=how))
    response = redirect("opt_out")
    browsers.remember(response)
    return response


@login_not_required
@require_safe
def gpc(request: HttpRequest) -> HttpResponse:
    """The Global Privacy Control support file."""
    return JsonResponse({"gpc": True, "lastUpdate": SINCE})
