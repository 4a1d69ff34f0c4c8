"""Reports of looks in the staff house: officers decide them, the member who looked answers."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.models import AccessRequest
from consents.core import clock
from consents.core.admin import RecordAdmin, get_role
from consents.core.durations import format_local_moment
from consents.core.refusals import Refusal, Unknown
from consents.disclosures.models import LookReport
from consents.disclosures.reports import rules, selectors, services
from consents.disclosures.staff.waiting import WaitsFilter
from consents.exemptions.models import Exemption
from consents.people.models import Role
from consents.people.visitors import StaffRequest, run_once

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}


class MemberAnswerForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Why you looked"),
        max_length=rules.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("The officer who decides reads this, not the customer. You can answer once."),
        error_messages={"required": gettext_lazy("Say why you looked.")},
    )


class FindingForm(forms.Form):
    finding = forms.ChoiceField(
        label=gettext_lazy("What you found"),
        choices=rules.Finding.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you found.")},
    )
    words = forms.CharField(
        label=gettext_lazy("What you tell the customer"),
        max_length=rules.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("The customer reads this on the page of the report."),
        error_messages={"required": gettext_lazy("Tell the customer what you found.")},
    )


def select_visible(request: StaffRequest) -> QuerySet[LookReport]:
    """Select what this reader may see: officers all, everyone else reports of their own looks."""
    reports = selectors.select_reports()
    return reports if get_role(request) in OFFICERS else reports.filter(opening__staff=request.user.pk)


@admin.register(LookReport)
class LookReportAdmin(RecordAdmin):
    may_view = {Role.REQUESTER, *OFFICERS}
    nothing_yet = gettext_lazy("No reported look is on record here.")
    list_display = ("number", "state", "customer_short", "who_looked", "due")
    list_filter = (WaitsFilter,)
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    fields = ("state",)
    readonly_fields = ("state",)
    change_form_template = None  # templates/admin/disclosures/lookreport/

    def get_queryset(self, request: StaffRequest) -> QuerySet[LookReport]:
        return select_visible(request).order_by("-decided_at", "due_at", "pk")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Reported looks")} | (extra_context or {}))

    @admin.display(description=gettext_lazy("state"))
    def state(self, report: LookReport) -> str:
        return format_html('<span class="state state-{}">{}</span>', *describe_staff_state(report))

    @admin.display(description=gettext_lazy("customer"))
    def customer_short(self, report: LookReport) -> str:
        return str(report.customer_id)[:8]

    @admin.display(description=gettext_lazy("who looked"))
    def who_looked(self, report: LookReport) -> str:
        return selectors.find_origin(report.opening).asked_as

    @admin.display(description=gettext_lazy("answer by"))
    def due(self, report: LookReport) -> str:
        return format_local_moment(report.due_at)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:id>/answer/", view(self.answer_view), name="disclosures_lookreport_answer"),
            path("<uuid:id>/decide/", view(self.decide_view), name="disclosures_lookreport_decide"),
        ]
        return own + super().get_urls()

    def record_context(self, request: StaffRequest, obj: LookReport) -> dict[str, Any]:
        title = _("Report %(number)s of a look") % {"number": obj.number}
        return {"title": title, "facts": list_report_facts(request, obj), "links": list_next_steps(request, obj)}

    def answer_view(self, request: StaffRequest, id: Any) -> HttpResponse:
        """GET: ask the member who looked why. POST: record it. To anyone else there is no such page."""
        report = self.get_object(request, str(id))
        member = request.user.staff_member
        if report.opening.staff_id != member.pk:
            raise Unknown

        def answer(by: Any, said: dict[str, Any]) -> object:
            return services.answer_look_report(report=report.pk, words=said["words"], member=member, by=by)

        return self.take_step(request, report, MemberAnswerForm, answer, _("Your answer"))

    def decide_view(self, request: StaffRequest, id: Any) -> HttpResponse:
        """GET: ask an officer what they found. POST: decide the report. Whoever may not finds no such page."""
        report = self.get_object(request, str(id))
        officer = request.user.staff_member
        if not may_decide(request, report):
            raise Unknown

        def decide(by: Any, said: dict[str, Any]) -> object:
            finding = rules.Finding(said["finding"])
            return services.decide_look_report(
                report=report.pk, finding=finding, words=said["words"], officer=officer, by=by
            )

        return self.take_step(request, report, FindingForm, decide, _("Decide the report"))

    def take_step(
        self, request: StaffRequest, report: LookReport, form_class: Any, act: Any, title: str
    ) -> HttpResponse:
        form = form_class(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                run_once(request, lambda by: act(by, form.cleaned_data))
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("This is on record."))
            return redirect("admin:disclosures_lookreport_change", report.pk)
        context = self.admin_site.each_context(request) | {
            "title": title,
            "form": form,
            "facts": list_report_facts(request, report),
            "back": reverse("admin:disclosures_lookreport_change", args=[report.pk]),
        }
        status = 422 if form.errors else 200
        return render(request, "admin/disclosures/report_step.html", context, status=status)


def describe_staff_state(report: LookReport) -> tuple[str, str]:
    if report.decided_at:
        return "no", str(rules.Finding(report.finding).label)
    if report.due_at <= clock.now():
        return "stop", _("Late")
    return "wait", _("Waiting for an officer") if report.answered_at else _("Waiting for an answer")


def list_report_facts(request: StaffRequest, report: LookReport) -> list[tuple[str, Any]]:
    """List the look, the member's answer and the outcome; the customer's own words as `may_read_words` says."""
    asked, words = selectors.find_origin(report.opening), selectors.open_words(report)
    reads_words = may_read_words(request, report)
    facts = [
        (_("Reported"), format_local_moment(report.reported_at)),
        (_("Answer by"), format_local_moment(report.due_at)),
        (_("The look"), format_local_moment(report.opening.opened_at)),
        (_("Who looked"), asked.asked_as),
        (_("What was opened"), str(report.opening.category and report.opening.category.title)),
        (_("What for"), asked.version.name),
        (_("Why now"), describe_reason(asked)),
        (_("Case number"), asked.case_number),
        (_("What does not seem right"), rules.Concern(report.concern).label if reads_words else ""),
        (_("The customer’s words"), words["words"] if reads_words else ""),
        (_("Answer of who looked"), words["answer"]),
        (_("Outcome"), rules.Finding(report.finding).label if report.finding else ""),
        (_("Told the customer"), words["finding"] if reads_words else ""),
    ]
    return [(label, value) for label, value in facts if value]


def may_read_words(request: StaffRequest, report: LookReport) -> bool:
    """Return whether this reader is an officer, and not who looked: the form promises both to the customer."""
    return get_role(request) in OFFICERS and report.opening.staff_id != request.user.pk


def describe_reason(asked: AccessRequest | Exemption) -> str:
    reason = asked.get_reason_display() if isinstance(asked, AccessRequest) else asked.get_kind_display()
    return f"{reason}. {asked.sentence}"


def may_decide(request: StaffRequest, report: LookReport) -> bool:
    """Return whether this reader is an officer who had no part in the look."""
    has_part = report.opening.staff_id == request.user.pk or selectors.allowed_look(request.user.pk, report.opening)
    return get_role(request) in OFFICERS and not has_part


def list_next_steps(request: StaffRequest, report: LookReport) -> list[dict[str, str]]:
    steps = []
    if report.decided_at is None and report.opening.staff_id == request.user.pk and report.answered_at is None:
        steps.append(("admin:disclosures_lookreport_answer", _("Answer")))
    if report.decided_at is None and may_decide(request, report):
        steps.append(("admin:disclosures_lookreport_decide", _("Decide the report")))
    return [{"url": reverse(name, args=[report.pk]), "label": label} for name, label in steps]
