"""The compliance officer's pages of signs that staff went round the customer: each is a case that is decided once."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consents.access.selectors import locking
from consents.core import clock
from consents.core.admin import check_role
from consents.core.fields import RadioField
from consents.core.refusals import Refusal, Unknown
from consents.exemptions import selectors
from consents.exemptions.bypasses import PERIOD
from consents.exemptions.rules import BypassFinding
from consents.exemptions.selectors import BypassAlert
from consents.exemptions.services import filing
from consents.people.models import Role, StaffMember
from consents.people.visitors import StaffRequest, run_once

MOST_SHOWN = 200


class BypassFindingForm(forms.Form):
    finding = RadioField(
        label=gettext_lazy("What came of it"),
        choices=BypassFinding.choices,
        help_text=gettext_lazy("Speak to the member of staff first. You can decide once."),
        error_messages={"required": gettext_lazy("Choose what came of it.")},
    )


@require_safe
def show_bypass_signs(request: StaffRequest) -> HttpResponse:
    check_role(request, {Role.COMPLIANCE_OFFICER})
    rows, calls = list_rows(selectors.list_alerts(MOST_SHOWN)), locking.count_calls(clock.now() - PERIOD)
    context = {"title": _("Signs of a bypass"), "rows": rows, "calls": calls, "days": PERIOD.days}
    return render(request, "admin/exemptions/bypasses.html", admin.site.each_context(request) | context)


@require_http_methods(["GET", "HEAD", "POST"])
def decide_bypass(request: StaffRequest, id: UUID) -> HttpResponse:
    """GET: the case. POST: decide it. Once it is decided the page shows the outcome and no form."""
    check_role(request, {Role.COMPLIANCE_OFFICER})
    alert = selectors.get_alert(id)
    if alert is None:
        raise Unknown
    form = BypassFindingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        finding, officer = BypassFinding(form.cleaned_data["finding"]), request.user.staff_member
        try:
            run_once(request, lambda by: filing.decide_bypass_alert(alert=id, finding=finding, officer=officer, by=by))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("admin:exemptions_bypasses")
    [case] = list_rows([alert])
    context = admin.site.each_context(request) | {"title": alert.words, "row": case, "form": form}
    return render(request, "admin/exemptions/bypass.html", context, status=422 if form.errors else 200)


def list_rows(alerts: list[BypassAlert]) -> list[dict[str, Any]]:
    """Add who acted and who decided, in one query."""
    named = {alert.staff for alert in alerts} | {alert.decided_by for alert in alerts}
    members = StaffMember.objects.select_related("user").in_bulk(named - {None})
    return [
        {"alert": alert, "member": members.get(alert.staff), "officer": members.get(alert.decided_by)}
        for alert in alerts
    ]
