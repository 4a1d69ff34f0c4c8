"""The page on which a customer chooses their time zone, and where the script of the pages says the browser's."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from consents.core.refusals import Unknown
from consents.people import languages, time_zones
from consents.people.customers.forms import TimeZoneForm
from consents.people.services import customer_records
from consents.people.visitors import CustomerRequest, customer_required, record_actor, run_once


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def show_time_zone(request: CustomerRequest) -> HttpResponse:
    """GET: what is chosen. POST: save it. Raises Unknown: nobody chooses it for somebody else."""
    visitor = languages.get_visitor_as_self(request)
    if visitor is None:
        raise Unknown
    if request.method != "POST":
        form = TimeZoneForm(initial={"time_zone": timezone.get_current_timezone_name()})
        return render(request, "people/time_zone.html", {"form": form})
    form = TimeZoneForm(request.POST)
    if not form.is_valid():
        return render(request, "people/time_zone.html", {"form": form}, status=422)
    chosen, customer = form.cleaned_data["time_zone"], visitor.customer.pk
    run_once(request, lambda by: customer_records.choose_time_zone(customer=customer, time_zone=chosen, by=by))
    messages.success(request, _("Saved."))
    return redirect("people:time_zone")


@require_POST
@customer_required
def offer_time_zone(request: CustomerRequest) -> HttpResponse:
    """Keep what the browser says, once: never over what is known, and an unknown zone changes nothing."""
    form = TimeZoneForm(request.POST)
    if time_zones.is_zone_wanted(request) and form.is_valid():
        offered, customer = form.cleaned_data["time_zone"], request.visitor.customer.pk
        customer_records.choose_time_zone(customer=customer, time_zone=offered, by=record_actor(request))
    return HttpResponse(status=204)
