"""Opening data in the staff house: nothing is shown before a look is on record, and nothing after access ended.

Pages of their own instead of a list: openings and grants are not browsed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
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
from consents.core.refusals import Unknown
from consents.decisions import selectors as decisions
from consents.decisions.rules import Decision, DecisionCode
from consents.disclosures.services import SENTENCES, Disclosure, LookRefused, disclose_records
from consents.exemptions import selectors as exemptions
from consents.exemptions.models import Exemption
from consents.people.visitors import as_poll, record_actor

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


@dataclass(frozen=True)
class GrantDecision:
    """A grant of this request and what the evaluator says of it now."""

    grant: Grant
    decision: Decision


@require_http_methods(["GET", "HEAD", "POST"])
def open_data(request: HttpRequest, id: UUID) -> HttpResponse:
    """GET: what may be opened, no data. POST: one look at one kind of data, on record before it happens."""
    subject, now = get_own_or_404(request, id), clock.now()
    allowed = list_grant_decisions(subject, now)
    if not any(one.decision.allowed for one in allowed):
        return render_closed_page(request, subject, describe_no_access(subject, allowed, now))
    if request.method != "POST":
        return render_open_page(request, subject, allowed, now)
    try:
        grant = get_chosen_grant_or_404(request, subject)
        seen = disclose_records(grant=grant.pk, staff=subject.staff_id, by=record_actor(request))
        check_still_live(grant)
    except LookRefused as refusal:
        return render_closed_page(request, subject, str(refusal))
    return render_open_page(request, subject, allowed, clock.now(), build_opened_table(grant, seen, request))


@as_poll
@require_safe
def show_open_status(request: HttpRequest, id: UUID, grant: UUID) -> HttpResponse:
    """Replace the displayed data once its grant is over; answer 204 while it runs."""
    subject = get_own_or_404(request, id)
    found_grant = select_grants(subject).filter(pk=grant).first()
    if found_grant is None:
        raise Unknown
    decision = decide_grant(found_grant, clock.now())
    if decision.allowed:
        return HttpResponse(status=204)
    context = {"reason": describe_closing(subject, decision), "row": subject, "is_exempted": is_exempted(subject)}
    return render(request, "admin/disclosures/open.html#over", context)


def get_own_or_404(request: HttpRequest, id: UUID) -> AccessRequest | Exemption:
    """Return a request or an exemption this member of staff filed, or raise the same 404 as for none."""
    for model in (AccessRequest, Exemption):
        found = model.objects.filter(staff=request.user.pk, pk=id).select_related("version").first()
        if isinstance(found, AccessRequest | Exemption):
            return found
    raise Unknown


def is_exempted(subject: AccessRequest | Exemption) -> bool:
    return isinstance(subject, Exemption)


def select_grants(subject: AccessRequest | Exemption) -> QuerySet[Grant]:
    return exemptions.select_grants(subject.pk) if isinstance(subject, Exemption) else subject.grants.all()


def decide_grant(grant: Grant, now: datetime) -> Decision:
    return decisions.decide_looks([grant], staff=grant.staff_id, now=now)[0]


def list_grant_decisions(subject: AccessRequest | Exemption, now: datetime) -> list[GrantDecision]:
    grants = (
        select_grants(subject)
        .select_related("category", "purpose")
        .order_by("category__sensitive", "category__order", "category__code")
    )
    all_grants = list(grants)
    judged = decisions.decide_looks(all_grants, staff=subject.staff_id, now=now)
    return [GrantDecision(*pair) for pair in zip(all_grants, judged, strict=True)]


def describe_closing(subject: AccessRequest | Exemption, decision: Decision) -> str:
    """Describe why this is closed: what forbids every look now, else what ended it."""
    cause = find_causes([subject.pk]).get(subject.pk)
    return str(WORDS[cause].staff if cause and decision.why not in MARKED else SENTENCES[decision.why])


def describe_no_access(subject: AccessRequest | Exemption, allowed: list[GrantDecision], now: datetime) -> str:
    if allowed:
        return describe_closing(subject, allowed[0].decision)
    if cause := find_causes([subject.pk]).get(subject.pk):
        return str(WORDS[cause].staff)
    if isinstance(subject, Exemption):
        return _("This exemption has opened nothing.")
    return str(NOT_ALLOWED.get(subject.state_at(now), SENTENCES[DecisionCode.NO_GRANT]))


def get_chosen_grant_or_404(request: HttpRequest, subject: AccessRequest | Exemption) -> Grant:
    """Return the grant whose button was pressed; a made-up one gets the same 404 as a missing one."""
    try:
        grant_id = UUID(request.POST.get("grant", ""))
    except ValueError:
        raise Unknown from None
    grant = select_grants(subject).select_related("category").filter(pk=grant_id).first()
    if grant is None:
        raise Unknown
    return grant


def check_still_live(grant: Grant) -> None:
    """Refuse to show what was read if access ended meanwhile."""
    grant.refresh_from_db(fields=["ended_at", "end"])
    decision = decide_grant(grant, clock.now())
    if not decision.allowed:
        raise LookRefused(decision.why)


def build_opened_table(grant: Grant, seen: Disclosure, request: HttpRequest) -> dict[str, Any]:
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


def render_open_page(
    request: HttpRequest,
    subject: AccessRequest | Exemption,
    allowed: list[GrantDecision],
    now: datetime,
    seen: dict[str, Any] | None = None,
) -> HttpResponse:
    until = min(decided.decision.until for decided in allowed if decided.decision.until)
    context = build_base_context(request, subject) | {
        "allowed": [decided.grant for decided in allowed if decided.decision.allowed],
        "until": until,
        "left": _("%(time)s left") % {"time": describe_duration(until - now)},
        "seen": seen,
    }
    response = render(request, "admin/disclosures/open.html", context)
    # Without script the page goes away by itself when the time is over.
    response["Refresh"] = f"{max(1, int((until - now).total_seconds()) + 1)}; url={request.path}"
    return response


def render_closed_page(request: HttpRequest, subject: AccessRequest | Exemption, reason: str) -> HttpResponse:
    context = build_base_context(request, subject) | {"reason": reason}
    return render(request, "admin/disclosures/open.html", context, status=403)


def build_base_context(request: HttpRequest, subject: AccessRequest | Exemption) -> dict[str, Any]:
    title = _("Data of customer %(id)s") % {"id": str(subject.customer_id)[:8]}
    return admin.site.each_context(request) | {
        "title": title,
        "row": subject,
        "is_exempted": is_exempted(subject),
    }
