"""The page that finds a request by its number, or one customer's requests by an exact look-up; and the next one."""

from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from consents.core.refusals import Refusal
from consents.people.visitors import StaffRequest, record_actor
from consents.rights.staff import desk
from consents.rights.staff.typed import NoSuchCustomer, look_up_typed_customer


def show_find_page(admin: ModelAdmin, request: StaffRequest) -> HttpResponse:
    """Find a request by its number, or look up one customer, on record, and show their requests; what was typed is in
    no address."""
    form = desk.FindForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (numbered := desk.find_numbered_request(form.cleaned_data["who"])):
        return redirect("admin:rights_rightsrequest_change", numbered.pk)
    if form.is_valid():
        try:
            found = look_up_typed_customer(form.cleaned_data["who"], record_actor(request))
        except NoSuchCustomer:
            form.add_error("who", _("No request has this number, and no single customer has this number or address."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            query = {"customer": str(found), "state": "all"}
            return redirect(reverse("admin:rights_rightsrequest_changelist", query=query))
    context = admin.admin_site.each_context(request) | {"title": _("Find requests"), "form": form, "opts": admin.opts}
    template = "admin/rights/rightsrequest/find.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def lead_to_next(admin: ModelAdmin, request: StaffRequest, after: UUID) -> HttpResponse:
    """Lead to what is due next, behind this request."""
    found = desk.find_next_request(request.user.staff_member, after)
    if found is None:
        admin.message_user(request, _("Nothing else waits for you."))
        return redirect("admin:rights_rightsrequest_changelist")
    return redirect("admin:rights_rightsrequest_change", found.pk)
