"""Reports of looks on the staff site: officers decide them, the member who looked answers."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import BooleanField, ExpressionWrapper, F, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import get_role
from consents.core.durations import format_local_moment
from consents.core.refusals import Refusal, Unknown
from consents.core.state_tags import render_state_tag
from consents.disclosures.models import LookReport
from consents.disclosures.reports import rules, selectors, services
from consents.disclosures.staff.forms import FindingForm, MemberAnswerForm
from consents.disclosures.staff.waiting import WaitsFilter
from consents.disclosures.staff.words import (
    describe_staff_state,
    list_next_steps,
    list_outcome_facts,
    list_own_answer,
    list_report_facts,
    list_written_facts,
    may_decide,
    may_read_words,
)
from consents.ledger.selectors import timelines
from consents.people.deciding import DecidingAdmin
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.staff.timelines import build_timeline
from consents.people.visitors import StaffRequest, record_actor

ON_RECORD = gettext_lazy("This is on record.")


@admin.register(LookReport)
class LookReportAdmin(DecidingAdmin):
    may_view = {Role.REQUESTER, *OFFICERS}
    nothing_yet = gettext_lazy("No reported look is on record here.")
    list_display = ("number", "state", "customer_short", "who_looked", "due")
    list_filter = (WaitsFilter,)
    fields = ("state",)
    readonly_fields = ("state",)
    change_form_template = None  # templates/admin/disclosures/lookreport/

    def get_queryset(self, request: StaffRequest) -> QuerySet[LookReport]:
        """Select what this reader may see: officers all, everyone else reports of their own looks. The open ones stand
        first, then those decided last; those that ended undecided, with their customers, come at the end."""
        is_open = ExpressionWrapper(selectors.OPEN, BooleanField())
        last_decided = F("decided_at").desc(nulls_last=True)
        reports = selectors.select_reports().order_by(is_open.desc(), last_decided, "due_at", "pk")
        return reports if get_role(request) in OFFICERS else reports.filter(opening__staff=request.user.pk)

    @admin.display(description=gettext_lazy("number"))
    def number(self, report: LookReport) -> str:
        return report.number

    @admin.display(description=gettext_lazy("state"))
    def state(self, report: LookReport) -> str:
        return render_state_tag(*describe_staff_state(report))

    @admin.display(description=gettext_lazy("who looked"))
    def who_looked(self, report: LookReport) -> str:
        return selectors.find_origin(report.opening).asked_as

    @admin.display(description=gettext_lazy("answer by"))
    def due(self, report: LookReport) -> str:
        return format_local_moment(report.due_at)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<str:object_id>/read/", view(self.read_view), name="disclosures_lookreport_read"),
            path("<str:object_id>/answer/", view(self.answer_view), name="disclosures_lookreport_answer"),
            path("<str:object_id>/decide/", view(self.decide_view), name="disclosures_lookreport_decide"),
        ]
        return own + super().get_urls()

    def record_context(self, request: StaffRequest, obj: LookReport) -> dict[str, Any]:
        own, is_reader = list_own_answer(request, obj), may_read_words(request, obj)
        decides = obj.decided_at is None and may_decide(request, obj)
        return {
            "title": _("Report of a look: %(number)s") % {"number": obj.number},
            "status": describe_staff_state(obj),
            "facts": [*list_report_facts(obj), *own, *list_outcome_facts(obj)],
            "links": list_next_steps(request, obj),
            "read_url": reverse("admin:disclosures_lookreport_read", args=[obj.pk]) if is_reader else "",
            "read_label": _("Read and decide") if decides else _("Read what was written"),
            "timeline": build_timeline(timelines.list_newest_entries(obj.pk)),
        }

    def read_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """POST: show an officer what was written, on record, with the form to decide by where they may. GET: lead to
        the report. To who looked, and whoever is no officer, there is no such page."""
        report = self.get_object(request, object_id)
        if not may_read_words(request, report):
            raise Unknown
        if request.method != "POST":
            return redirect("admin:disclosures_lookreport_change", report.pk)
        decides = report.decided_at is None and may_decide(request, report)
        return self.show_words(request, report, FindingForm() if decides else None)

    def show_words(self, request: StaffRequest, report: LookReport, form: FindingForm | None) -> HttpResponse:
        """Show what was written; the reading is on record before it is shown."""
        officer, by = request.user.staff_member, record_actor(request)
        try:
            words = services.read_look_report(report=report.pk, officer=officer, by=by)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:disclosures_lookreport_change", report.pk)
        context = self.admin_site.each_context(request) | {
            "title": _("What was written in report %(number)s") % {"number": report.number},
            "report": report,
            "form": form,
            "written": list_written_facts(report, words),
            "facts": [*list_report_facts(report), *list_outcome_facts(report)],
            "decide_url": reverse("admin:disclosures_lookreport_decide", args=[report.pk]),
            "back": reverse("admin:disclosures_lookreport_change", args=[report.pk]),
        }
        return render(
            request, "admin/disclosures/report_read.html", context, status=422 if form and form.errors else 200
        )

    def answer_view(self, request: StaffRequest, object_id: str) -> HttpResponseBase:
        """GET: ask the member who looked why. POST: record it. To anyone else there is no such page."""
        report = self.get_object(request, object_id)
        if report.opening.staff_id != request.user.pk:
            raise Unknown
        form = MemberAnswerForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            words = form.cleaned_data["words"]
            return self.decide(
                request, services.answer_look_report, ON_RECORD, who="member", report=report.pk, words=words
            )
        context = self.admin_site.each_context(request) | {
            "title": _("Your answer"),
            "form": form,
            "facts": list_report_facts(report),
            "back": reverse("admin:disclosures_lookreport_change", args=[report.pk]),
        }
        return render(request, "admin/disclosures/report_step.html", context, status=422 if form.errors else 200)

    def decide_view(self, request: StaffRequest, object_id: str) -> HttpResponseBase:
        """POST: decide the report. GET: lead to it, for what is decided about is read on record first. Whoever may not
        finds no such page."""
        report = self.get_object(request, object_id)
        if not may_decide(request, report):
            raise Unknown
        if request.method != "POST":
            return redirect("admin:disclosures_lookreport_change", report.pk)
        form = FindingForm(request.POST)
        if not form.is_valid():
            return self.show_words(request, report, form)
        finding, words = rules.Finding(form.cleaned_data["finding"]), form.cleaned_data["words"]
        return self.decide(
            request, services.decide_look_report, ON_RECORD, report=report.pk, finding=finding, words=words
        )
