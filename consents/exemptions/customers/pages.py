"""The customer's page of one exemption."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.core.refusals import get_or_refuse
from consents.exemptions import selectors
from consents.exemptions.customers import presenting
from consents.ledger.models import Entry
from consents.people.selectors import name_others
from consents.people.visitors import CustomerRequest, customer_required


@require_safe
@customer_required
def show_exemption(request: CustomerRequest, id: UUID) -> HttpResponse:
    """Show who, what, why, on what law and who checked it; 404 while a law forbids telling."""
    shown = selectors.select_exemptions_shown_to(request.visitor.customer.pk).select_related("decided_by")
    exemption = get_or_refuse(shown.filter(pk=id))
    grants = list(selectors.select_grants(exemption.pk))
    entries = Entry.objects.filter(customer=exemption.customer_id, object=str(exemption.pk)).order_by("id")[:200]
    others = name_others(exemption.customer_id, request.user)
    lines = [
        (entry.occurred_at, presenting.describe_exemption_entry(entry, exemption, others.get(entry.actor, "")))
        for entry in entries
    ]
    context = {
        "exemption": presenting.build_exemption_context(exemption, grants, clock.now()),
        "history": [{"at": at, "text": text} for at, text in lines if text],
    }
    return render(request, "exemptions/exemption.html", context)
