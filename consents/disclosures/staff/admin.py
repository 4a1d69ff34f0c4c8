"""Reports of looks on the staff site: officers decide them, the member who looked answers."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import BooleanField, ExpressionWrapper, F, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.models import AccessRequest
from consents.core import clock
from consents.core.admin import get_role, render_state_tag
from consents.core.durations import format_local_moment
from consents.core.refusals import Refusal, Unknown
from consents.disclosures.models import LookReport
from consents.disclosures.reports import rules, selectors, services
from consents.disclosures.staff.pages import FindingForm, MemberAnswerForm
from consents.disclosures.staff.waiting import WaitsFilter
from consents.exemptions.models import Exemption
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


# Words of the staff pages about a report of a look, and who may read which. Decides nothing.


def describe_staff_state(report: LookReport) -> tuple[str, str]:
    if report.decided_at:
        late = f" ({_('late')})" if report.decided_at > report.due_at else ""
        return "no", f"{rules.Finding(report.finding).label}{late}"
    if report.customer.erased_at:
        return "no", _("Ended: the customer was erased")
    if report.due_at <= clock.now():
        return "stop", _("Late")
    if report.answered_at:
        return "wait", _("Waiting for an officer")
    return "wait", _("Who looked has left") if has_left(report) else _("Who looked has not answered yet")


def has_left(report: LookReport) -> bool:
    """Return whether who looked no longer works here, and can answer nothing."""
    return report.opening.staff is not None and report.opening.staff.staff_member.ended_at is not None


def list_report_facts(report: LookReport) -> list[tuple[str, Any]]:
    """List the look and what allowed it: nothing that the customer or an officer wrote."""
    asked = selectors.find_origin(report.opening)
    facts = [
        (_("Customer"), str(report.customer_id)[:8]),
        (_("Reported"), format_local_moment(report.reported_at)),
        (_("Answer by"), format_local_moment(report.due_at)),
        (_("The look"), format_local_moment(report.opening.opened_at)),
        (_("Who looked"), asked.asked_as),
        (_("What was opened"), str(report.opening.category and report.opening.category.title)),
        (_("What for"), asked.version.name),
        (_("Why now"), describe_reason(asked)),
        (_("Case number"), asked.case_number),
    ]
    return [(label, value) for label, value in facts if value]


def list_own_answer(request: StaffRequest, report: LookReport) -> list[tuple[str, str]]:
    """List the answer of who looked for themselves: officers read it on record."""
    if report.answered_at is None or report.opening.staff_id != request.user.pk:
        return []
    return [(_("Your answer"), selectors.open_words(report)["answer"])]


def list_outcome_facts(report: LookReport) -> list[tuple[str, str]]:
    if report.decided_by is None:
        return []
    return [
        (_("Outcome"), str(rules.Finding(report.finding).label)),
        (_("Decided by"), report.decided_by.get_full_name()),
    ]


def list_written_facts(report: LookReport, words: dict[str, str]) -> list[tuple[str, str]]:
    """List what each side wrote, `words` as `read_look_report` returns them."""
    none_yet = _("None: they no longer work here") if has_left(report) else _("None yet")
    facts = [
        (_("What does not seem right"), str(rules.Concern(report.concern).label)),
        (_("The customer’s words"), words["words"]),
        (_("Answer of who looked"), words["answer"] or ("" if report.decided_at else none_yet)),
        (_("Told the customer"), words["finding"]),
    ]
    return [(label, value) for label, value in facts if value]


def may_read_words(request: StaffRequest, report: LookReport) -> bool:
    """Return whether this reader is an officer, and not who looked: the form promises both to the customer. Of one who
    was erased nothing is left to read."""
    is_reader = get_role(request) in OFFICERS and report.opening.staff_id != request.user.pk
    return is_reader and report.customer.erased_at is None


def describe_reason(asked: AccessRequest | Exemption) -> str:
    reason = asked.get_reason_display() if isinstance(asked, AccessRequest) else asked.get_kind_display()
    return f"{capfirst(str(reason))}. {asked.sentence}"


def may_decide(request: StaffRequest, report: LookReport) -> bool:
    """Return whether this reader is an officer who had no part in the look."""
    return may_read_words(request, report) and not selectors.allowed_look(request.user.pk, report)


def list_next_steps(request: StaffRequest, report: LookReport) -> list[dict[str, str]]:
    if report.decided_at or report.customer.erased_at:
        return []
    if report.answered_at or report.opening.staff_id != request.user.pk:
        return []
    return [{"url": reverse("admin:disclosures_lookreport_answer", args=[report.pk]), "label": _("Answer")}]
