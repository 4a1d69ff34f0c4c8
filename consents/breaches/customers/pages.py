"""The customer's page of one security incident that concerns them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from consents.breaches import selectors
from consents.breaches.customers import presenting
from consents.breaches.services import announcing
from consents.core.refusals import get_or_refuse
from consents.people.visitors import CustomerRequest, customer_required, run_once


@require_safe
@customer_required
def show_breach_notice(request: CustomerRequest, id: UUID) -> HttpResponse:
    notice = get_or_refuse(selectors.select_notices_of(request.visitor.customer.pk).filter(pk=id))
    return render(request, "breaches/notice.html", presenting.build_notice_context(notice))


@require_POST
@customer_required
def confirm_notice(request: CustomerRequest, id: UUID) -> HttpResponse:
    """Record that it was read, and go to the first page, which it has left."""
    run_once(request, lambda by: announcing.confirm_reading(notice=id, acting=request.visitor.acting, by=by))
    return redirect("home")
