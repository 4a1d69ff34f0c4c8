"""The officers' pages of data breaches: the register, a case, and a page for each step."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consents.breaches import rules, selectors, services
from consents.breaches.models import Announcement, Breach
from consents.breaches.rules import BreachState, Harm, Risk
from consents.breaches.selectors import BreachCase
from consents.breaches.staff.forms import (
    AnnouncementDecisionForm,
    AnnouncementForm,
    AssessmentForm,
    AuthorityForm,
    ClosingForm,
    NewBreachForm,
    StepForm,
)
from consents.catalogue.models import Category
from consents.core import clock
from consents.core.admin import check_role, get_role
from consents.core.durations import describe_duration
from consents.core.refusals import Refusal, get_or_refuse
from consents.people.services import customer_records
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, record_actor, run_once


class StepWords(NamedTuple):
    title: Promise
    lead: Promise
    button: Promise


NEW_BREACH = StepWords(
    gettext_lazy("Record a data breach"),
    gettext_lazy(
        "Customers’ data was seen, changed or lost when it should not have been. Record it as soon as you know."
    ),
    gettext_lazy("Record it"),
)
ASSESS = StepWords(
    gettext_lazy("Assess the data breach"),
    gettext_lazy("What is known now. Assess it again when you know more: the latest counts, all stay on record."),
    gettext_lazy("Record the assessment"),
)
AUTHORITY = StepWords(
    gettext_lazy("The authority"),
    gettext_lazy(
        "Tell the authority on its own form, then record it here. If you tell it more later, record that as well."
    ),
    gettext_lazy("Record it"),
)
ANNOUNCE = StepWords(
    gettext_lazy("Tell the people concerned"),
    gettext_lazy("They read these words on their first page and in an email, once another officer agrees."),
    gettext_lazy("Ask a second officer"),
)
DECIDE = StepWords(
    gettext_lazy("Words to customers"),
    gettext_lazy("Read them as a customer would. Once you agree they go out, and cannot be called back."),
    gettext_lazy("Decide"),
)
CLOSE = StepWords(
    gettext_lazy("Close the data breach"),
    gettext_lazy("Once it is closed nothing can be added. The register keeps it."),
    gettext_lazy("Close it"),
)


MOST_SHOWN = 200
# Where a refusal is about one field of its step, it stands beside it too.
FIELD_OF_REFUSAL: dict[type[Refusal], str] = {
    rules.NotNoticedYet: "noticed_at",
    rules.AuthorityMustKnow: "told_at",
    rules.ToldBeforeNoticed: "told_at",
    rules.WhyLate: "why",
    rules.NobodyListed: "references",
    rules.TooManyListed: "references",
    rules.PeopleMustKnow: "why_not_told",
}
step_page = require_http_methods(["GET", "HEAD", "POST"])


def list_breach_figures(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the numbers of the first page, for officers, where something waits."""
    if get_role(request) not in OFFICERS:
        return []
    number, url = Breach.objects.filter(closing=None).count(), reverse("admin:breaches_list")
    late = sum(case.state_at(clock.now()) == BreachState.LATE for case in selectors.list_cases_due(clock.now()))
    label = ngettext("data breach open", "data breaches open", number)
    counted = [(number, label), (late, _("of them late for the authority"))]
    return [{"number": number, "label": label, "url": url} for number, label in counted if number]


@require_safe
def show_breaches(request: StaffRequest) -> HttpResponse:
    check_role(request, OFFICERS)
    now = clock.now()
    lines = [build_line(case, now) for case in selectors.list_cases(MOST_SHOWN)]
    context = {"title": _("Data breaches"), "lines": lines}
    return render(request, "admin/breaches/list.html", admin.site.each_context(request) | context)


@step_page
def record_new_breach(request: StaffRequest) -> HttpResponse:
    check_role(request, OFFICERS)
    form = NewBreachForm(get_posted_data(request), initial={"noticed_at": clock.now()})
    return take_step(request, None, form, NEW_BREACH, services.record_breach)


@require_safe
def show_breach(request: StaffRequest, id: UUID) -> HttpResponse:
    case = get_case_or_404(request, id)
    title = {"title": _("Data breach %(number)s") % {"number": case.breach.number}}
    context = admin.site.each_context(request) | title | build_case_context(case, clock.now())
    return render(request, "admin/breaches/case.html", context)


def get_case_or_404(request: StaffRequest, id: UUID) -> BreachCase:
    check_role(request, OFFICERS)
    return selectors.get_case(id)


def take_step(
    request: StaffRequest,
    case: BreachCase | None,
    form: StepForm,
    words: StepWords,
    act: Callable[..., object],
    **context: Any,
) -> HttpResponse:
    """Take the step of a valid form and go to the case; else show the form with what was typed. `act`: the service,
    which takes what the form reads. `case`: None for a breach that this step records.
    """
    if form.is_valid():
        try:
            officer = request.user.staff_member
            made = run_once(request, lambda by: act(**form.read(), officer=officer, by=by))
        except Refusal as refusal:
            if isinstance(refusal, rules.NobodyListed):
                record_vain_list(request, form.cleaned_data["references"])
            form.add_error(FIELD_OF_REFUSAL.get(type(refusal)), str(refusal))
        else:
            return redirect("admin:breaches_case", case.breach.pk if case else made)
    back = reverse("admin:breaches_case", args=[case.breach.pk]) if case else reverse("admin:breaches_list")
    context |= {"title": words.title, "words": words, "form": form, "back": back, "case": case}
    whole = admin.site.each_context(request) | context
    return render(request, "admin/breaches/step.html", whole, status=422 if form.errors else 200)


def record_vain_list(request: StaffRequest, references: str) -> None:
    """Put on record, as a look-up, that a list of whom to tell names no customer, which its refusal says: numbers
    could be tried out otherwise."""
    first = next(iter(references.split()), "")
    customer_records.look_up_customer(text=first, by=record_actor(request), is_limited=False)


def get_posted_data(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


@step_page
def assess_case(request: StaffRequest, id: UUID) -> HttpResponse:
    case = get_case_or_404(request, id)
    initial = vars(case.assessments[-1]) if case.assessments else {}
    form = AssessmentForm(get_posted_data(request), initial=initial)
    return take_step(request, case, form, ASSESS, partial(services.assess_breach, breach=id))


@step_page
def settle_with_authority(request: StaffRequest, id: UUID) -> HttpResponse:
    case, form = get_case_or_404(request, id), AuthorityForm(get_posted_data(request))
    return take_step(request, case, form, AUTHORITY, partial(services.settle_authority, breach=id))


@step_page
def announce_breach(request: StaffRequest, id: UUID) -> HttpResponse:
    case, form = get_case_or_404(request, id), AnnouncementForm(get_posted_data(request))
    return take_step(request, case, form, ANNOUNCE, partial(services.propose_announcement, breach=id))


@step_page
def decide_words(request: StaffRequest, id: UUID) -> HttpResponse:
    """GET: the words, as customers would read them. POST: decide about them."""
    check_role(request, OFFICERS)
    proposed = get_or_refuse(Announcement.objects.select_related("proposed_by", "decided_by").filter(pk=id))
    counted = selectors.count_notices([id]).get(id, {})
    return take_step(
        request,
        get_case_or_404(request, proposed.breach_id),
        AnnouncementDecisionForm(get_posted_data(request)),
        DECIDE,
        partial(services.decide_announcement, announcement=id),
        announcement=proposed,
        is_own=proposed.proposed_by_id == request.user.pk,
        concerned=counted.get("concerned", 0),
        state=describe_announcement(proposed, counted),
    )


@step_page
def close_case(request: StaffRequest, id: UUID) -> HttpResponse:
    case = get_case_or_404(request, id)
    form = ClosingForm(get_posted_data(request), are_told=case.are_people_told)
    return take_step(request, case, form, CLOSE, partial(services.close_breach, breach=id))


# Words of the officers' pages about a data breach. Decides nothing.

STATES = {
    BreachState.OPEN: (pgettext_lazy("breach", "Open"), "wait"),
    BreachState.LATE: (gettext_lazy("Authority not told in time"), "stop"),
    BreachState.CLOSED: (gettext_lazy("Closed"), "yes"),
}


def describe_clock(case: BreachCase, now: datetime) -> str:
    """Say how long is left to tell the authority, or that it knows."""
    if any(notice.told_at for notice in case.authority_notices):
        return _("The authority has been told.")
    if case.is_authority_settled:
        return _("The authority need not be told.")
    due = case.breach.authority_due
    length = describe_duration(abs(due - now))
    return _("%(time)s left") % {"time": length} if due > now else _("%(time)s late") % {"time": length}


STEPS = {
    "breaches_assess": gettext_lazy("Assess it"),
    "breaches_authority": gettext_lazy("Record what the authority was told"),
    "breaches_announce": gettext_lazy("Tell the people concerned"),
    "breaches_close": gettext_lazy("Close it"),
}


def choose_next_page(case: BreachCase) -> str:
    """Return the page of the step to take next; empty once the case is closed, or while words wait or go out."""
    if case.closing:
        return ""
    if not case.assessments:
        return "breaches_assess"
    if not case.is_authority_settled:
        return "breaches_authority"
    if case.has_open_announcement:
        return ""
    return "breaches_announce" if case.risk == Risk.HIGH and not case.are_people_told else "breaches_close"


def list_other_steps(case: BreachCase, next_page: str) -> list[dict[str, Any]]:
    """List the other steps that can be taken now, in their order."""
    if case.closing:
        return []
    pages = [page for page in STEPS if page != next_page]
    if case.has_open_announcement:
        pages = [page for page in pages if page not in ("breaches_announce", "breaches_close")]
    if not case.risk:
        pages = [page for page in pages if page != "breaches_announce"]
    if not case.risk or not case.is_authority_settled:
        pages = [page for page in pages if page != "breaches_close"]
    labels = STEPS | ({"breaches_assess": gettext_lazy("Assess it again")} if case.assessments else {})
    return [{"page": page, "label": labels[page]} for page in pages]


def keep_together(label: str) -> str:
    """Keep a few short words of a narrow column on one line."""
    return label if len(label) > 20 else label.replace(" ", "\N{NO-BREAK SPACE}")


def build_line(case: BreachCase, now: datetime) -> dict[str, Any]:
    word, tone = STATES[case.state_at(now)]
    return {
        "breach": case.breach,
        "state": word,
        "tone": tone,
        "clock": "" if case.closing else describe_clock(case, now),
        "is_untold": not case.is_authority_settled,
        "risk": keep_together(case.assessments[-1].get_risk_display()) if case.assessments else "",
    }


def build_case_context(case: BreachCase, now: datetime) -> dict[str, Any]:
    page = choose_next_page(case)
    titles = {kind.code: kind.title for kind in Category.objects.all()}
    counted = selectors.count_notices([announcement.pk for announcement in case.announcements])
    return build_line(case, now) | {
        "case": case,
        "people_told": describe_people_told(case, counted),
        "next_step": STEPS.get(page, ""),
        "next_page": page,
        "other_steps": list_other_steps(case, page),
        "assessments": [
            {
                "assessment": assessment,
                "harms": [Harm(harm).label for harm in assessment.harms],
                "kinds": [titles.get(code, code) for code in assessment.categories],
            }
            for assessment in reversed(case.assessments)
        ],
        "announcements": [
            {"announcement": announcement, "counted": counted.get(announcement.pk, {})}
            | {"state": describe_announcement(announcement, counted.get(announcement.pk, {}))}
            for announcement in reversed(case.announcements)
        ],
    }


def describe_announcement(announcement: Announcement, counted: Mapping[str, int]) -> str:
    if announcement.is_agreed is None:
        return _("Waits for a second officer")
    if not announcement.is_agreed:
        return _("Not sent: the second officer did not agree")
    if not announcement.done_at:
        return _("Going out now")
    if not counted.get("told"):
        return _("Nobody was told: all had been erased before")
    if counted["unreached"]:
        return _("On everybody’s page, and not in an email to those without an address")
    return _("Everybody has been told")


def describe_people_told(case: BreachCase, counted: Mapping[UUID, Mapping[str, int]]) -> str:
    """Say of a closed case whether people were told, or why not."""
    if case.closing is None or case.closing.why_not_told:
        return case.closing.get_why_not_told_display() if case.closing else ""
    if any(numbers["told"] for numbers in counted.values()):
        return _("They were told")
    return _("Nobody was told: all had been erased before")
