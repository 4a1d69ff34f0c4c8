"""Opening data on the staff site: nothing is shown before a look is on record, and nothing after access ended.

Pages of their own instead of a list: openings and grants are not browsed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consents.access.models import AccessRequest, Grant
from consents.access.rules import RequestState
from consents.access.rules.causes import WORDS
from consents.access.selectors import find_causes
from consents.core import clock
from consents.core.durations import describe_duration
from consents.core.fields import RadioField, SeenText
from consents.core.refusals import Unknown
from consents.decisions.rules import Decision, DecisionCode
from consents.decisions.selectors import decide_shown_look, select_with_look_facts
from consents.disclosures.reports import rules
from consents.disclosures.services import SENTENCES, Disclosure, LookRefused, disclose_records
from consents.exemptions.models import Exemption
from consents.exemptions.selectors import select_withheld_exemptions
from consents.people.models import User
from consents.people.visitors import as_poll, build_actor, build_evidence


@dataclass(frozen=True)
class GrantDecision:
    """A grant of what was filed and what the evaluator says of it now."""

    grant: Grant
    decision: Decision


@dataclass(frozen=True)
class OpenReading:
    """A request or an exemption as it stands at `now`, with a decision about each of its grants."""

    now: datetime
    subject: AccessRequest | Exemption
    judged: list[GrantDecision]

    @property
    def is_exempted(self) -> bool:
        return isinstance(self.subject, Exemption)

    @property
    def allowed(self) -> list[GrantDecision]:
        return [judged for judged in self.judged if judged.decision.allowed]

    def find_judged(self, grant: UUID) -> GrantDecision | None:
        return next((judged for judged in self.judged if judged.grant.pk == grant), None)


def read_open_page(id: UUID, staff: UUID) -> OpenReading | None:
    """Read a request or an exemption that this member of staff filed; None if there is none."""
    filed = {"pk": id, "staff": staff}
    subject = find_filed(AccessRequest.objects.filter(**filed)) or find_filed(Exemption.objects.filter(**filed))
    if subject is None:
        return None
    now = clock.now()
    grants = select_with_look_facts(Grant.objects.filter(Q(access_request=id) | Q(exemption=id), staff=staff))
    shown = grants.select_related("category", "purpose").prefetch_related("category__fields")
    listed = shown.order_by("category__sensitive", "category__order", "category__code")
    judged = [GrantDecision(grant, decide_shown_look(grant, now)) for grant in listed]
    return OpenReading(now, subject, judged)


def find_filed[Filed: (AccessRequest, Exemption)](filed: QuerySet[Filed]) -> Filed | None:
    return filed.select_related("version").prefetch_related("version__notices").first()


# Why there is nothing to open, where no grant says it.
NOT_ALLOWED = {
    RequestState.PENDING: gettext_lazy("The customer has not answered yet."),
    RequestState.DENIED: gettext_lazy("The customer did not allow this."),
    RequestState.EXPIRED: gettext_lazy("No one answered in time, so no one got access."),
    RequestState.CANCELLED: gettext_lazy("This request was cancelled."),
}
# What forbids every look now, whatever ended this access before.
MARKED = {
    DecisionCode.BLOCKED,
    DecisionCode.RESTRICTED,
    DecisionCode.OBJECTED,
    DecisionCode.DELETED,
    DecisionCode.KEPT_BY_LAW,
}


@require_http_methods(["GET", "HEAD", "POST"])
def open_data(request: HttpRequest, id: UUID) -> HttpResponse:
    """GET: what may be opened, no data. POST: one look at one kind of data, on record before it happens."""
    reading = read_own_or_404(request, id)
    if not reading.allowed:
        return render_closed_page(request, reading, describe_no_access(reading))
    if request.method != "POST":
        return render_open_page(request, reading)
    try:
        grant = get_chosen_grant_or_404(request, reading)
        evidence = build_evidence(request)
        by = build_actor(request, evidence)
        seen = disclose_records(grant=grant.pk, staff=grant.staff_id, by=by, evidence=evidence)
        reading = read_own_or_404(request, id)
        # Refuse to show what was read if access ended meanwhile.
        judged = reading.find_judged(grant.pk)
        if judged is None or not judged.decision.allowed:
            raise LookRefused(judged.decision.why if judged else DecisionCode.NO_GRANT)
    except LookRefused as refusal:
        return render_closed_page(request, reading, str(refusal))
    return render_open_page(request, reading, build_opened_table(grant, seen))


@as_poll
@require_safe
def show_open_status(request: HttpRequest, id: UUID, grant: UUID) -> HttpResponse:
    """Replace the displayed data once its grant is over; answer 204 while it runs."""
    reading = read_own_or_404(request, id)
    judged = reading.find_judged(grant)
    if judged is None:
        raise Unknown
    if judged.decision.allowed:
        return HttpResponse(status=204)
    reason = describe_closing(reading.subject, judged.decision)
    context = {"reason": reason, "row": reading.subject, "is_exempted": reading.is_exempted}
    return render(request, "admin/disclosures/open.html#over", context)


def read_own_or_404(request: HttpRequest, id: UUID) -> OpenReading:
    """Read a request or an exemption this member of staff filed, or raise the same 404 as for none."""
    user = request.user
    reading = read_open_page(id, user.pk) if isinstance(user, User) else None
    if reading is None:
        raise Unknown
    return reading


def describe_closing(subject: AccessRequest | Exemption, decision: Decision) -> str:
    """Describe why this is closed: what forbids every look now, else what ended it."""
    cause = find_causes([subject.pk]).get(subject.pk)
    return str(WORDS[cause].staff if cause and decision.why not in MARKED else SENTENCES[decision.why])


def describe_no_access(reading: OpenReading) -> str:
    subject = reading.subject
    if reading.judged:
        return describe_closing(subject, reading.judged[0].decision)
    if cause := find_causes([subject.pk]).get(subject.pk):
        return str(WORDS[cause].staff)
    if isinstance(subject, Exemption):
        return _("This exemption has opened nothing.")
    return str(NOT_ALLOWED.get(subject.state_at(reading.now), SENTENCES[DecisionCode.NO_GRANT]))


def get_chosen_grant_or_404(request: HttpRequest, reading: OpenReading) -> Grant:
    """Return the grant whose button was pressed; a made-up one gets the same 404 as a missing one."""
    try:
        judged = reading.find_judged(UUID(request.POST.get("grant", "")))
    except ValueError:
        raise Unknown from None
    if judged is None:
        raise Unknown
    return judged.grant


def build_opened_table(grant: Grant, seen: Disclosure) -> dict[str, Any]:
    """Build the records as rows under the labels of the catalogue. A field without a label was not part of what the
    customer allowed, so it is left out."""
    fields = [(field.key, field.label) for field in grant.category.fields.all()]
    used = [(key, label) for key, label in fields if any(record.get(key) for record in seen.records)]
    return {
        "grant": grant,
        "until": seen.until,
        "labels": [label for _key, label in used],
        "rows": [[(label, record.get(key, "")) for key, label in used] for record in seen.records],
        "is_cut": seen.is_cut,
        "status_url": reverse("admin:disclosures_open_status", args=[grant.told_of, grant.pk]),
    }


def render_open_page(request: HttpRequest, reading: OpenReading, seen: dict[str, Any] | None = None) -> HttpResponse:
    allowed, now = reading.allowed, reading.now
    until = min(judged.decision.until for judged in allowed if judged.decision.until)
    context = build_base_context(request, reading) | {
        "allowed": [judged.grant for judged in allowed],
        "until": until,
        "left": _("%(time)s left") % {"time": describe_duration(until - now)},
        "seen": seen,
    }
    response = render(request, "admin/disclosures/open.html", context)
    # Without script the page goes away by itself when the time is over.
    response["Refresh"] = f"{max(1, int((until - now).total_seconds()) + 1)}; url={request.path}"
    return response


def render_closed_page(request: HttpRequest, reading: OpenReading, reason: str) -> HttpResponse:
    context = build_base_context(request, reading) | {"reason": reason}
    return render(request, "admin/disclosures/open.html", context, status=403)


def build_base_context(request: HttpRequest, reading: OpenReading) -> dict[str, Any]:
    title = _("Data of customer %(id)s") % {"id": str(reading.subject.customer_id)[:8]}
    return admin.site.each_context(request) | {
        "title": title,
        "row": reading.subject,
        "is_exempted": reading.is_exempted,
        "is_withheld": reading.is_exempted and select_withheld_exemptions().filter(pk=reading.subject.pk).exists(),
    }


class MemberAnswerForm(forms.Form):
    words = SeenText(
        label=gettext_lazy("Why you looked"),
        max_length=rules.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("The officer who decides reads this, not the customer. You can answer once."),
        error_messages={"required": gettext_lazy("Say why you looked.")},
    )


class FindingForm(forms.Form):
    finding = RadioField(
        label=gettext_lazy("What you found"),
        choices=rules.Finding.choices,
        error_messages={"required": gettext_lazy("Choose what you found.")},
    )
    words = SeenText(
        label=gettext_lazy("What you tell the customer"),
        max_length=rules.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("The customer reads this on the page of the report."),
        error_messages={"required": gettext_lazy("Tell the customer what you found.")},
    )
