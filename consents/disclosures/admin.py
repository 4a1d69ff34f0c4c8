"""Opening data in the staff house: nothing is shown before a look is on record, and nothing after access ended.

Pages of their own instead of a list: openings and grants are not browsed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consents.access.models import AccessRequest, Grant
from consents.access.rules import State
from consents.core import clock
from consents.core.durations import in_words
from consents.core.refusals import Unknown
from consents.decisions import selectors as decisions
from consents.decisions.rules import Decision, Why
from consents.disclosures.services import SENTENCES, Disclosure, MayNotLook, disclose
from consents.people.visitors import actor_of

# Why there is nothing to open, where no grant says it.
NOT_ALLOWED = {
    State.PENDING: gettext_lazy("The customer has not answered yet."),
    State.DENIED: gettext_lazy("The customer did not allow this."),
    State.EXPIRED: gettext_lazy("Nobody answered in time, so nobody got access."),
    State.CANCELLED: gettext_lazy("This request was cancelled."),
}


@dataclass(frozen=True)
class Allowed:
    """A grant of this request and what the evaluator says of it now."""

    grant: Grant
    decision: Decision


@require_http_methods(["GET", "HEAD", "POST"])
def open_data(request: HttpRequest, id: UUID) -> HttpResponse:
    """GET: what may be opened, no data. POST: one look at one kind of data, on record before it happens."""
    row, now = theirs(request, id), clock.now()
    allowed = allowed_by(row, now)
    if not any(one.decision.allowed for one in allowed):
        return refused(request, row, reason_of(row, allowed, now))
    if request.method != "POST":
        return page(request, row, allowed, now)
    try:
        grant = chosen(request, row)
        seen = disclose(grant=grant.pk, staff=row.staff_id, by=actor_of(request))
        check_still_live(grant)
    except MayNotLook as refusal:
        return refused(request, row, str(refusal))
    return page(request, row, allowed, clock.now(), opened(grant, seen, request))


@require_safe
def open_status(request: HttpRequest, id: UUID, grant: UUID) -> HttpResponse:
    """What takes the place of shown data once its grant is over; nothing (204) while it runs."""
    row = theirs(request, id)
    one = row.grants.filter(pk=grant).first()
    if one is None:
        raise Unknown
    decision = decide(one, clock.now())
    if decision.allowed:
        return HttpResponse(status=204)
    return render(request, "admin/disclosures/open.html#ended", {"reason": SENTENCES[decision.why]})


def theirs(request: HttpRequest, id: UUID) -> AccessRequest:
    """The gate: a request this member of staff filed, or the same 404 as for one that does not exist."""
    rows = AccessRequest.objects.filter(staff=request.user.pk).select_related("version")
    row = rows.filter(pk=id).first()
    if row is None:
        raise Unknown
    return row


def decide(grant: Grant, now: datetime) -> Decision:
    return decisions.may_look_under([grant], staff=grant.staff_id, now=now)[0]


def allowed_by(row: AccessRequest, now: datetime) -> list[Allowed]:
    grants = row.grants.select_related("category").order_by("category__sensitive", "category__order", "category__code")
    found = list(grants)
    judged = decisions.may_look_under(found, staff=row.staff_id, now=now)
    return [Allowed(*one) for one in zip(found, judged, strict=True)]


def reason_of(row: AccessRequest, allowed: list[Allowed], now: datetime) -> str:
    if allowed:
        return str(SENTENCES[allowed[0].decision.why])
    return str(NOT_ALLOWED.get(row.state_at(now), SENTENCES[Why.NO_GRANT]))


def chosen(request: HttpRequest, row: AccessRequest) -> Grant:
    """The grant whose button was pressed. A made-up one is answered like one that does not exist."""
    try:
        wanted = UUID(request.POST.get("grant", ""))
    except ValueError:
        raise Unknown from None
    grant = row.grants.select_related("category").filter(pk=wanted).first()
    if grant is None:
        raise Unknown
    return grant


def check_still_live(grant: Grant) -> None:
    """Access may have ended while we read: then what was read is not shown."""
    grant.refresh_from_db(fields=["ended_at", "end"])
    decision = decide(grant, clock.now())
    if not decision.allowed:
        raise MayNotLook(decision.why)


def opened(grant: Grant, seen: Disclosure, request: HttpRequest) -> dict[str, Any]:
    """The records as rows under the labels of the catalogue. A field it does not name was not shown to the customer
    either, so it is not shown here."""
    fields = [(field.key, field.label) for field in grant.category.fields.all()]
    used = [(key, label) for key, label in fields if any(record.get(key) for record in seen.records)]
    return {
        "grant": grant,
        "until": seen.until,
        "labels": [label for _key, label in used],
        "rows": [[(label, record.get(key, "")) for key, label in used] for record in seen.records],
        "is_cut": seen.is_cut,
        "status_url": reverse("admin:disclosures_open_status", args=[grant.request_id, grant.pk]),
    }


def page(
    request: HttpRequest, row: AccessRequest, allowed: list[Allowed], now: datetime, seen: dict[str, Any] | None = None
) -> HttpResponse:
    until = min(one.decision.until for one in allowed if one.decision.until)
    context = context_of(request, row) | {
        "allowed": [one.grant for one in allowed if one.decision.allowed],
        "until": until,
        "left": _("%(time)s left") % {"time": in_words(until - now)},
        "seen": seen,
    }
    response = render(request, "admin/disclosures/open.html", context)
    # Without script the page goes away by itself when the time is over.
    response["Refresh"] = f"{max(1, int((until - now).total_seconds()) + 1)}; url={request.path}"
    return response


def refused(request: HttpRequest, row: AccessRequest, reason: str) -> HttpResponse:
    context = context_of(request, row) | {"reason": reason}
    return render(request, "admin/disclosures/open.html", context, status=403)


def context_of(request: HttpRequest, row: AccessRequest) -> dict[str, Any]:
    title = _("Data of customer %(id)s") % {"id": str(row.customer_id)[:8]}
    return admin.site.each_context(request) | {"title": title, "row": row}
