"""Pages on which a customer reports a look, and follows the report."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consents.access.customers.presenting import build_running_access
from consents.access.models import AccessRequest
from consents.access.selectors import prefetch_categories
from consents.core import clock
from consents.core.admin import REOPENED
from consents.core.fields import RadioField, SeenText
from consents.core.refusals import get_or_refuse
from consents.disclosures.customers.presenting import build_look_reasons
from consents.disclosures.models import LookReport, Opening
from consents.disclosures.reports import rules, selectors, services
from consents.disclosures.selectors import select_looks
from consents.people.selectors import name_others
from consents.people.visitors import CustomerRequest, as_kept, customer_required, run_once


class LookReportForm(forms.Form):
    concern = RadioField(
        label=gettext_lazy("What does not seem right?"),
        choices=rules.Concern.choices,
        error_messages={"required": gettext_lazy("Choose what does not seem right.")},
    )
    words = SeenText(
        label=gettext_lazy("Tell us more (optional)"),
        required=False,
        max_length=rules.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("The officer who looks into it reads this. The person who looked does not."),
    )


@as_kept
@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def report_look(request: CustomerRequest, id: UUID) -> HttpResponse:
    """GET: the look's facts and the form. POST: file the report."""
    look = get_or_refuse(select_looks(request.visitor.customer.pk).filter(pk=id, kind=Opening.Kind.GRANT))
    if report := getattr(look, "report", None):
        return redirect("disclosures:report", report.pk)
    form = LookReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and REOPENED not in request.POST and form.is_valid():
        acting, said = request.visitor.acting, form.cleaned_data
        concern = rules.Concern(said["concern"])
        filed = run_once(
            request,
            lambda by: services.file_look_report(
                opening=id, concern=concern, words=said["words"], acting=acting, by=by
            ),
        )
        return redirect("disclosures:report", filed)
    context = {"form": form, "look": build_look_facts(look), "days": rules.ANSWER_TIME.days}
    return render(request, "disclosures/report_look.html", context, status=422 if form.errors else 200)


def build_look_facts(look: Opening) -> dict[str, Any]:
    """Build what the customer reads about the look: by a request that was answered, or by an exemption."""
    assert look.category is not None
    asked = selectors.find_origin(look)
    return {
        "at": look.opened_at,
        "who": asked.asked_as,
        "what": look.category.title,
        "about": build_look_reasons(asked, look),
        "request_id": asked.pk if isinstance(asked, AccessRequest) else None,
    }


@require_safe
@customer_required
def show_report(request: CustomerRequest, id: UUID) -> HttpResponse:
    report = get_or_refuse(selectors.select_reports().filter(pk=id, customer=request.visitor.customer.pk))
    look, now = build_look_facts(report.opening), clock.now()
    is_late = (report.decided_at or now) > report.due_at
    asked = prefetch_categories(AccessRequest.objects.filter(pk=look["request_id"])).first()
    context = {
        "report": report,
        "status": describe_status(report, is_late=is_late),
        "is_late": is_late,
        "look": look,
        "words": selectors.open_words(report),
        "access": build_running_access(asked, now) if asked else None,
        "reporter": name_others(report.customer_id, request.user).get(str(report.reported_by_id), ""),
    }
    return render(request, "disclosures/report.html", context)


def describe_status(report: LookReport, *, is_late: bool) -> tuple[str, str]:
    """Return (code, word) of the state of a report."""
    if report.decided_at:
        return "ended", str(rules.Finding(report.finding).label)
    return ("exemption", gettext("Late")) if is_late else ("pending", gettext("Waiting for an officer’s decision"))
