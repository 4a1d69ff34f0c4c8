"""Hand out copies and let customers choose the entries they mean: after a fresh proof, each look on record."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.catalogue.models import Category
from consents.core.refusals import Unknown
from consents.disclosures.services import OwnRecord, disclose_own_copy
from consents.people.visitors import CustomerRequest, customer_required, record_actor, run_once
from consents.rights.customers.freshness import freshly_signed_in
from consents.rights.customers.request_pages import get_own_request_or_404, render_about
from consents.rights.fulfilment.correction import list_proposals
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import ChosenEntry, RightsRequest
from consents.rights.services import correcting


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
@freshly_signed_in
def show_entries(request: CustomerRequest, number: str) -> HttpResponse:
    """Let the customer choose the entry they mean. POST: show the entries, a look on record; then take the choice."""
    rights_request = get_own_request_or_404(request, number)
    if (
        not get_fulfilment(rights_request).has_proposals
        or rights_request.is_answered
        or ChosenEntry.objects.filter(rights_request=rights_request).exists()
    ):
        return redirect("rights:request", rights_request.number)
    if "entry" in request.POST:
        chosen, customer = parse_entry_id(request.POST["entry"]), request.visitor.customer.pk
        run_once(
            request,
            lambda by: correcting.choose_entry(
                rights_request=rights_request.pk, customer=customer, entry=chosen, by=by
            ),
        )
        messages.success(request, _("Thank you. We know now which entry you mean."))
        return redirect("rights:request", rights_request.number)
    shown: dict[str, Any] = {"entries": list_own_entries(rights_request, request)} if request.method == "POST" else {}
    return render_about(request, "rights/entry.html", rights_request, row=rights_request, **shown)


def parse_entry_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Unknown from None


def list_own_entries(rights_request: RightsRequest, request: CustomerRequest) -> list[dict[str, Any]]:
    """List the customer's entries of the kinds to be corrected, a line each."""
    codes = {one.category for one in list_proposals(rights_request)}
    kinds = Category.objects.filter(code__in=codes).prefetch_related("fields")
    copy = disclose_own_copy(customer=request.visitor.customer.pk, by=record_actor(request))
    return [{"id": own.id, "text": format_entry(kind, own)} for kind in kinds for own in copy.records.get(kind.pk, [])]


def format_entry(kind: Category, own: OwnRecord) -> str:
    values = [own.values.get(field.key, "") for field in kind.fields.all()]
    return ", ".join(value for value in values if value)
