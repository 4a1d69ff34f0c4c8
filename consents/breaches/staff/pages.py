"""The officers' pages of data breaches: the register, a case, and a page for each step."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from consents.breaches import rules, selectors
from consents.breaches.models import Announcement, Breach
from consents.breaches.rules import BreachState
from consents.breaches.selectors import BreachCase
from consents.breaches.services import announcing, recording
from consents.breaches.staff import presenting
from consents.breaches.staff.forms import (
    AnnouncementDecisionForm,
    AnnouncementForm,
    AssessmentForm,
    AuthorityForm,
    ClosingForm,
    NewBreachForm,
    StepForm,
)
from consents.breaches.staff.step_words import ANNOUNCE, ASSESS, AUTHORITY, CLOSE, DECIDE, NEW_BREACH, StepWords
from consents.core import clock
from consents.core.admin import check_role, get_role
from consents.core.refusals import Refusal, get_or_refuse
from consents.people.services import customer_records
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, record_actor, run_once

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
    lines = [presenting.build_line(case, now) for case in selectors.list_cases(MOST_SHOWN)]
    context = {"title": _("Data breaches"), "lines": lines}
    return render(request, "admin/breaches/list.html", admin.site.each_context(request) | context)


@step_page
def record_new_breach(request: StaffRequest) -> HttpResponse:
    check_role(request, OFFICERS)
    form = NewBreachForm(get_posted_data(request), initial={"noticed_at": clock.now()})
    return take_step(request, None, form, NEW_BREACH, recording.record_breach)


@require_safe
def show_breach(request: StaffRequest, id: UUID) -> HttpResponse:
    case = get_case_or_404(request, id)
    title = {"title": _("Data breach %(number)s") % {"number": case.breach.number}}
    context = admin.site.each_context(request) | title | presenting.build_case_context(case, clock.now())
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
    return take_step(request, case, form, ASSESS, partial(recording.assess_breach, breach=id))


@step_page
def settle_with_authority(request: StaffRequest, id: UUID) -> HttpResponse:
    case, form = get_case_or_404(request, id), AuthorityForm(get_posted_data(request))
    return take_step(request, case, form, AUTHORITY, partial(recording.settle_authority, breach=id))


@step_page
def announce_breach(request: StaffRequest, id: UUID) -> HttpResponse:
    case, form = get_case_or_404(request, id), AnnouncementForm(get_posted_data(request))
    return take_step(request, case, form, ANNOUNCE, partial(announcing.propose_announcement, breach=id))


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
        partial(announcing.decide_announcement, announcement=id),
        announcement=proposed,
        is_own=proposed.proposed_by_id == request.user.pk,
        concerned=counted.get("concerned", 0),
        state=presenting.describe_announcement(proposed, counted),
    )


@step_page
def close_case(request: StaffRequest, id: UUID) -> HttpResponse:
    case = get_case_or_404(request, id)
    form = ClosingForm(get_posted_data(request), are_told=case.are_people_told)
    return take_step(request, case, form, CLOSE, partial(recording.close_breach, breach=id))
