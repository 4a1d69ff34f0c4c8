"""The page for everybody, customer or not: what the company promises, its numbers, how to check both."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.insights.customers import presenting, promises
from consents.insights.selectors import month_counts


@login_not_required
@require_safe
def show_trust(request: HttpRequest) -> HttpResponse:
    """Show the promises and the published numbers, in one query whatever the portal has seen."""
    months = month_counts.list_published_months(clock.now())
    context = {
        "newest": presenting.build_month(months[0]) if months else None,
        "earlier": [presenting.build_month(month) for month in months[1:]],
        "promises": promises.PROMISES,
    }
    return render(request, "insights/trust.html", context)


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def show_trust_data(request: HttpRequest) -> HttpResponse:
    """Show the same for programs, in the same language for everybody: caches keep it."""
    months = month_counts.list_published_months(clock.now())
    with translation.override(settings.LANGUAGE_CODE):
        return JsonResponse(presenting.build_trust_data(months))
