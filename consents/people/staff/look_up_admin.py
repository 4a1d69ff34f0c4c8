"""Serve as base of records that officers make about one customer. Customers are not listed anywhere: the look-up of one
is on record."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from consents.core.refusals import Refusal, Unknown
from consents.core.state_tags import render_state_tag
from consents.people.deciding import DecidingAdmin
from consents.people.found_customers import CustomerLookUpForm
from consents.people.staff import words
from consents.people.visitors import find_submitted, record_actor, run_once


class CustomerLookUpAdmin(DecidingAdmin):
    """Show records about one customer, each made by first looking that customer up.

    `make`: the service that makes one of what the form asks.
    """

    form_class: type[CustomerLookUpForm]
    make: Callable[..., object]
    find_template: str
    change_form_template = "admin/frozen_record.html"
    fields = ("reason",)

    @admin.display(description=gettext_lazy("state"))
    def state_tag(self, obj: Any) -> str:
        return render_state_tag(*words.describe_record_state(obj))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise Unknown
        form = self.form_class(request.POST if request.method == "POST" else None)
        if form.is_valid() and (made := self.look_up_and_make(request, form)):
            return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[made]))
        context = self.admin_site.each_context(request) | {"title": self.add_label, "form": form, "opts": self.opts}
        context |= {"goes": words.list_erasure_effects(), "stays": words.list_kept_data()}
        return render(request, self.find_template, context, status=422 if form.is_bound else 200)

    def look_up_and_make(self, request: HttpRequest, form: CustomerLookUpForm) -> str:
        """Return the id of the new record; '' with the reason in the form."""
        try:
            if (made := find_submitted(request)) is not None:
                return made
            customer = form.look_up(record_actor(request))
            if customer is None:
                return ""
            user: Any = request.user
            about = {"customer": customer.pk, "officer": user.staff_member}
            facts = {name: value for name, value in form.cleaned_data.items() if name != "who"}
            return run_once(request, lambda by: self.make(**about, **facts, by=by))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return ""
