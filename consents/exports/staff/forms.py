"""Pages of officers to find a customer and read the history. Each opening is recorded first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.core.admin import check_role
from consents.core.fields import DayField, UnechoedField
from consents.core.refusals import Refusal
from consents.exports import history
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.rules import (
    BadPeriod,
    Dataset,
    ExportSpec,
    Format,
    HistoryReason,
    Period,
    PeriodInFuture,
    PeriodTooEarly,
)
from consents.exports.services.delivering import MomentInFuture, record_history_opening
from consents.people.found_customers import sign_found_customer, verify_found_customer
from consents.people.models import Customer
from consents.people.services import customer_records
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, record_actor


class ExportForm(forms.Form):
    """The form to request an export of one dataset. The service decides whether it is allowed."""

    from_date = DayField(label=gettext_lazy("From"), error_messages={"required": gettext_lazy("Choose the first day.")})
    last_date = DayField(
        label=gettext_lazy("To"),
        help_text=gettext_lazy("The last day, included."),
        error_messages={"required": gettext_lazy("Choose the last day.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=gettext_lazy("A few words for people who check this list later. No names."),
        error_messages={"required": gettext_lazy("Say what the export is for.")},
    )

    def __init__(self, *args: Any, dataset: Dataset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dataset, self.description = dataset, DESCRIPTIONS[dataset]
        self.fields["format"] = forms.ChoiceField(
            label=gettext_lazy("Format"),
            choices=[(format.value, format.label) for format in self.description.formats],
            initial=Format.CSV,
        )
        for one in self.description.filters:
            choices = [("", gettext_lazy("All")), *one.choices]
            self.fields[self.named(one.name)] = forms.ChoiceField(label=one.label, choices=choices, required=False)
        if self.description.has_personal:
            self.fields["personal"] = forms.BooleanField(
                label=gettext_lazy("With personal columns"),
                required=False,
                help_text=gettext_lazy("Another compliance officer must approve it before the file is made."),
            )
        self.order_fields(["from_date", "last_date", "format"])
        self.fields["reason"] = self.fields.pop("reason")

    @property
    def others(self) -> list[forms.BoundField]:
        """Return the fields after the period."""
        return [field for field in self if field.name not in ("from_date", "last_date")]

    @staticmethod
    def named(name: str) -> str:
        return f"only_{name}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("from_date"), cleaned.get("last_date")
        if first and last and last < first:
            self.add_refusal(BadPeriod())
        return cleaned

    def add_refusal(self, refusal: Refusal) -> None:
        """Say it beside the field it is about, where it is about one."""
        self.add_error(FIELD_OF_REFUSAL.get(type(refusal)), str(refusal))

    def build_spec(self, zone: Any) -> ExportSpec:
        asked = self.cleaned_data
        chosen = {one.name: asked[self.named(one.name)] for one in self.description.filters}
        return ExportSpec(
            self.dataset,
            Period.of_days(asked["from_date"], asked["last_date"], zone),
            asked["reason"],
            Format(asked["format"]),
            {name: value for name, value in chosen.items() if value},
            asked.get("personal", False),
        )


FIELD_OF_REFUSAL: dict[type[Refusal], str] = {
    BadPeriod: "last_date",
    PeriodInFuture: "last_date",
    PeriodTooEarly: "from_date",
}


def list_history_reasons() -> list[tuple[str, str]]:
    """List the reasons with none chosen: the one that goes on record is the officer's own."""
    return [("", gettext("Choose a reason")), *((code, capfirst(str(label))) for code, label in HistoryReason.choices)]


class HistoryForm(forms.Form):
    """Ask whose history an officer wants to read, and why."""

    who = UnechoedField(
        label=gettext_lazy("Customer"),
        help_text=gettext_lazy(
            "Exactly the customer number, the email address on file, or the id of an export or a receipt."
        ),
        error_messages={"required": gettext_lazy("Type the customer number, the email address or the id.")},
    )
    why = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=list_history_reasons,
        help_text=gettext_lazy("It is recorded together with your name."),
        error_messages={"required": gettext_lazy("Choose a reason.")},
    )


class MomentForm(forms.Form):
    """Choose another moment, or earlier entries, of the customer that was found."""

    found = forms.CharField(widget=forms.HiddenInput)
    why = forms.ChoiceField(choices=HistoryReason.choices, widget=forms.HiddenInput)
    at = forms.DateTimeField(
        label=gettext_lazy("As of"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=gettext_lazy("Empty: now."),
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


# Pages of officers to find a customer and read the history. Each opening is recorded first.


@require_http_methods(["GET", "HEAD", "POST"])
def show_customer_history(request: StaffRequest) -> HttpResponse:
    """Show the form (GET); find a customer, or show another moment or page of the one that was found (POST)."""
    check_role(request, OFFICERS)
    if request.method != "POST":
        return render_find_form(request, HistoryForm())
    return show_found_customer(request) if "found" in request.POST else find_customer(request)


def find_customer(request: StaffRequest) -> HttpResponse:
    form = HistoryForm(request.POST)
    if form.is_valid():
        try:
            if customer := resolve_customer(form.cleaned_data["who"], request):
                found = sign_found_customer(customer.pk, request.user)
                return render_history(request, customer, MomentForm({"found": found, "why": form.cleaned_data["why"]}))
            form.add_error("who", _("There is no single customer with exactly this number, address or id."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return render_find_form(request, form, status=422)


def resolve_customer(text: str, request: HttpRequest) -> Customer | None:
    """Find a customer by id, number or address. Erased customers can only be found by id."""
    try:
        return Customer.objects.filter(pk=UUID(text.strip())).first()
    except ValueError:
        return customer_records.look_up_customer(text=text, by=record_actor(request))


def show_found_customer(request: StaffRequest) -> HttpResponse:
    found = verify_found_customer(request.POST.get("found", ""), request.user)
    if found is None:
        messages.error(request, _("Find the customer first."))
        return render_find_form(request, HistoryForm(), status=422)
    return render_history(request, Customer.objects.get(pk=found), MomentForm(request.POST))


def render_history(request: HttpRequest, customer: Customer, form: MomentForm) -> HttpResponse:
    """Record the opening, then render the history. A refused moment shows the current state with the refusal."""
    asked: dict[str, Any] = {"at": None, "why": HistoryReason.AUDIT, "before": None}
    asked |= form.cleaned_data if form.is_valid() else {}
    try:
        at = record_opening(request, customer, asked["why"], asked["at"])
    except MomentInFuture as refusal:
        form.add_error("at", str(refusal))
        at = record_opening(request, customer, asked["why"], None)
    lines = history.list_history_entries(customer.pk, asked["before"])
    context = {
        "customer": customer,
        "form": form,
        "moment": history.build_snapshot(customer, at),
        "lines": lines,
        "earlier": lines[-1].entry.pk if len(lines) == history.PAGE else None,
    }
    title = _("History of one customer")
    return render_admin_page(request, "admin/exports/history.html", title, context, 422 if form.errors else 200)


def record_opening(request: HttpRequest, customer: Customer, why: str, at: datetime | None) -> datetime:
    return record_history_opening(customer=customer, why=HistoryReason(why), at=at, by=record_actor(request))


def render_find_form(request: HttpRequest, form: HistoryForm, status: int = 200) -> HttpResponse:
    return render_admin_page(request, "admin/exports/find.html", _("History of one customer"), {"form": form}, status)


def render_admin_page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int
) -> HttpResponse:
    return render(request, template, admin.site.each_context(request) | {"title": title} | context, status=status)
