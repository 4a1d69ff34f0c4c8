"""The compliance officer's page of conflicts of interest: who of staff knows which customer, noted and lifted."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from consents.core.admin import check_role
from consents.core.fields import RadioField
from consents.core.refusals import Refusal
from consents.exemptions import bypasses
from consents.exemptions.bypasses import Closeness, Conflict
from consents.exemptions.services import filing as acts
from consents.people.found_customers import build_who_field
from consents.people.models import Role, StaffMember
from consents.people.services import customer_records
from consents.people.visitors import StaffRequest, record_actor, run_once, was_submitted

MOST_SHOWN = 200


class ConflictForm(forms.Form):
    who = build_who_field(gettext_lazy("Exactly the customer number, or exactly the email address on file."))
    closeness = RadioField(
        label=gettext_lazy("How they know each other"),
        choices=Closeness.choices,
        error_messages={"required": gettext_lazy("Choose how they know each other.")},
    )
    member = forms.ModelChoiceField(
        StaffMember.objects.filter(ended_at=None).select_related("user").order_by("user__email", "pk"),
        label=gettext_lazy("Member of staff"),
        required=False,
        empty_label=gettext_lazy("Anybody who works here"),
        help_text=gettext_lazy(
            "Each of their looks at this customer’s data becomes a sign. Their copy of the data tells of the note."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def show_conflicts(request: StaffRequest) -> HttpResponse:
    """GET: who is noted to know whom. POST: look the customer up, on record, and note one more."""
    check_role(request, {Role.COMPLIANCE_OFFICER})
    form = ConflictForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and note_conflict(request, form):
        return redirect("admin:exemptions_conflicts")
    rows = list_rows(bypasses.list_conflicts(MOST_SHOWN))
    context = admin.site.each_context(request) | {"title": _("Conflicts of interest"), "rows": rows, "form": form}
    return render(request, "admin/exemptions/conflicts.html", context, status=422 if form.errors else 200)


def note_conflict(request: StaffRequest, form: ConflictForm) -> bool:
    """Return False with the reason in the form."""
    try:
        if was_submitted(request):
            return True
        customer = customer_records.look_up_customer(text=form.cleaned_data["who"], by=record_actor(request))
        if customer is None:
            form.add_error("who", _("No single customer has exactly this number or address."))
            return False
        act = partial(
            acts.note_conflict,
            customer=customer.pk,
            closeness=Closeness(form.cleaned_data["closeness"]),
            staff=getattr(form.cleaned_data["member"], "pk", None),
            officer=request.user.staff_member,
        )
        run_once(request, lambda by: act(by=by))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@require_POST
def lift_conflict(request: StaffRequest, id: UUID) -> HttpResponse:
    check_role(request, {Role.COMPLIANCE_OFFICER})
    officer = request.user.staff_member
    run_once(request, lambda by: acts.lift_conflict(conflict=id, officer=officer, by=by))
    return redirect("admin:exemptions_conflicts")


def list_rows(noted: list[Conflict]) -> list[dict[str, Any]]:
    """Add the member of staff, in one query."""
    members = StaffMember.objects.select_related("user").in_bulk({conflict.staff for conflict in noted} - {None})
    return [{"conflict": conflict, "member": conflict.staff and members.get(conflict.staff)} for conflict in noted]
