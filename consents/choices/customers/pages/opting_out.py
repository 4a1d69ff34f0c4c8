"""Opt out of sale and sharing, for everybody, without sign-in or questions (CCR 7025, 7026)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consents.choices import selectors
from consents.choices.customers import browsers
from consents.choices.customers.browsers import build_act_context, get_customer
from consents.choices.rules import OPT_OUT_PAGE
from consents.choices.services import withdrawing
from consents.people.visitors import PortalRequest, run_once

SINCE = "2026-11-24"  # since when this site honours the signal as it does now


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer_opt_out(request: PortalRequest) -> HttpResponse:
    """Show one sentence and one button; remember the opt-out for this browser and, signed in, for the account."""
    customer = get_customer(request)
    if request.method != "POST":
        standing = selectors.get_sale_standing(customer.pk) if customer else None
        context = {
            "is_opted_out": standing.is_opted_out if standing else browsers.has_opt_out_wish(request),
            "is_account": customer is not None,
            "is_remembered": browsers.has_opt_out_cookie(request),
        }
        return render(request, "choices/opt_out.html", context)
    if customer:
        how = build_act_context(request, method=OPT_OUT_PAGE)
        run_once(request, lambda by: withdrawing.opt_out_of_sale(customer=customer.pk, by=by, how=how))
    response = redirect("opt_out")
    browsers.remember_opt_out(response)
    return response


@login_not_required
@require_safe
def show_gpc_support(request: HttpRequest) -> HttpResponse:
    """Serve the Global Privacy Control support file."""
    return JsonResponse({"gpc": True, "lastUpdate": SINCE})
