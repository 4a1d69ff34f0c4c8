"""Pages on which customers see their own data: all of it, or what a request would show. Each look is on record."""

from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from consents.access.models import AccessRequest
from consents.catalogue.models import Category
from consents.core.refusals import get_or_refuse
from consents.disclosures.services import OwnRecord, disclose_own_copy
from consents.people.identity_proofs import check_fresh_proof
from consents.people.visitors import CustomerRequest, customer_required, record_actor

LONGEST_ENTRY = 200  # as the form of a correction takes it


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def show_own_data(request: CustomerRequest) -> HttpResponse:
    """GET: say what it does. POST: read everything, as the customer's own look. Raises ReauthenticationRequired."""
    check_fresh_proof(request)
    context: dict[str, Any] = {}
    if request.method == "POST":
        records = read_own_records(request)
        context = {"parts": build_parts(Category.objects.filter(pk__in=records), records)}
    return render(request, "disclosures/own_data.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def show_requested_data(request: CustomerRequest, id: UUID) -> HttpResponse:
    """GET: say what it does. POST: read what this request would show, as the customer's own look.

    Raises Unknown (not theirs), ReauthenticationRequired.
    """
    asked = get_or_refuse(AccessRequest.objects.filter(pk=id, customer=request.visitor.customer.pk))
    check_fresh_proof(request)
    context: dict[str, Any] = {"asked_by": asked.asked_as, "id": asked.pk}
    if request.method == "POST":
        categories = Category.objects.filter(pk__in=asked.requested.values("category"))
        context["parts"] = build_parts(categories, read_own_records(request))
    return render(request, "disclosures/own_data.html", context)


def read_own_records(request: CustomerRequest) -> dict[int, list[OwnRecord]]:
    return disclose_own_copy(customer=request.visitor.customer.pk, by=record_actor(request)).records


class ShownValue(NamedTuple):
    """A value on the page. `place`: its category and field. `entry`: which of several entries it stands in."""

    label: str
    value: str
    place: str
    entry: str


def build_parts(categories: Any, records: dict[int, list[OwnRecord]]) -> list[dict[str, Any]]:
    """Build the values under the labels of the catalogue, by category. Staff see no field without a label either."""
    parts = []
    for category in categories.prefetch_related("fields").order_by("order", "code"):
        entries = records.get(category.pk, [])
        rows = [build_row(category, record, is_one_of_several=len(entries) > 1) for record in entries]
        parts.append({"title": category.title, "code": category.code, "sensitive": category.sensitive, "rows": rows})
    return parts


def build_row(category: Category, record: OwnRecord, *, is_one_of_several: bool) -> list[ShownValue]:
    shown = [
        (field.label, record.values[field.key], f"{category.code}.{field.key}")
        for field in category.fields.all()
        if record.values.get(field.key)
    ]
    entry = ", ".join(value for _label, value, _place in shown)[:LONGEST_ENTRY] if is_one_of_several else ""
    return [ShownValue(*value, entry) for value in shown]
