"""Serve as base of records that officers make about one customer. Customers are not listed anywhere: the look-up of one
is on record."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from consents.core.admin import render_state_tag
from consents.core.fields import DayField, RadioField
from consents.core.refusals import Refusal, Unknown
from consents.people.deciding import DecidingAdmin
from consents.people.found_customers import CustomerLookUpForm
from consents.people.models import Acting, Erasure, LegalHold
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


class ProposeErasureForm(CustomerLookUpForm):
    reason = RadioField(
        label=_("Why"),
        choices=[(code, capfirst(label)) for code, label in Erasure.Reason.choices],
        coerce=Erasure.Reason,
        error_messages={"required": _("Choose why the data must go.")},
    )


class PlaceHoldForm(CustomerLookUpForm):
    reason = RadioField(
        label=_("Why it must be kept"),
        choices=[(code, capfirst(label)) for code, label in LegalHold.Reason.choices],
        coerce=LegalHold.Reason,
        error_messages={"required": _("Choose why the data must be kept.")},
    )
    document = forms.CharField(
        label=_("Case or file number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Where the order or the claim is filed. No names."),
        error_messages={"required": _("Type the number of the case or file.")},
    )
    review_on = DayField(
        label=_("Review on"),
        help_text=_("At most a year from now. The hold is in force until a compliance officer lifts it."),
        error_messages={"required": _("Choose a day."), "invalid": _("Type a day, such as 2027-03-31.")},
    )


class ProposeClaimCodeForm(CustomerLookUpForm):
    capacity = forms.TypedChoiceField(
        label=_("Who gets the code"),
        choices=[
            (Acting.Capacity.SELF, capfirst(_("the customer"))),
            (Acting.Capacity.HOLDER, capfirst(_("a further holder of the account"))),
            (Acting.Capacity.GUARDIAN, capfirst(_("a parent or guardian"))),
        ],
        coerce=Acting.Capacity,
        initial=Acting.Capacity.SELF,
        empty_value=Acting.Capacity.SELF,
        required=False,
        help_text=_(
            "A further holder shares the account with all the customer’s rights. A parent or guardian can act for a "
            "child who is too young to agree alone."
        ),
    )
