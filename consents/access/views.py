"""Pages of the customer: requests, one request, the answer, stopping."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from consents.access import presenting, selectors, services
from consents.access.answer_form import AnswerForm
from consents.access.models import AccessRequest
from consents.access.rules import AlreadyEnded, State
from consents.access.shown import shown
from consents.core import clock
from consents.core.canonical import digest
from consents.core.durations import in_words
from consents.core.refusals import Refusal, Unknown
from consents.ledger import selectors as ledger
from consents.people.visitors import for_customer, once


@require_safe
@for_customer
def home(request: HttpRequest) -> HttpResponse:
    customer, now = request.visitor.customer, clock.now()  # type: ignore[attr-defined]
    waiting, running = presenting.requests_of(customer, now)
    shown_above = [row.pk for row in waiting + running]
    earlier = selectors.with_grants(selectors.of_customer(customer)).exclude(pk__in=shown_above)
    page = Paginator(earlier.order_by("-filed_at"), 10).get_page(request.GET.get("page"))
    page.object_list = [presenting.earlier_line(row, now) for row in page.object_list]  # type: ignore[misc]
    context = {
        "waiting": [presenting.waiting_card(row, now) for row in waiting],
        "live": [presenting.access_of(row, now) for row in running],
        "earlier": page,
        "first_visit": not shown_above and not page.object_list,
    }
    return render(request, "access/home.html", context)


def theirs(request: HttpRequest, id: UUID) -> AccessRequest:
    """The gate: this customer's request, or the same 404 as for one that does not exist."""
    rows = selectors.with_categories(selectors.of_customer(request.visitor.customer))  # type: ignore[attr-defined]
    row = rows.select_related("version__purpose", "staff__staff_member").filter(pk=id).first()
    if row is None:
        raise Unknown
    return row


@require_safe
@for_customer
def one(request: HttpRequest, id: UUID) -> HttpResponse:
    return page(request, theirs(request, id))


def page(request: HttpRequest, row: AccessRequest, form: AnswerForm | None = None, status: int = 200) -> HttpResponse:
    """The request as it stands; the form only while it waits."""
    now = clock.now()
    selectors.fetch_fields(row)
    is_waiting = row.state_at(now) == State.PENDING
    if is_waiting and form is None:
        form = AnswerForm(row, digest=digest(shown(row, row.version, presenting.categories_of(row))))
    context = {
        "asked": presenting.asked(row, now),
        "form": form if is_waiting else None,
        "access": presenting.access_of(row, now),
        "history": presenting.history(row, ledger.newest(row.pk)),
    }
    return render(request, "access/request.html", context, status=status)


@for_customer
def answer(request: HttpRequest, id: UUID) -> HttpResponse:
    """GET: what was saved. POST: check a yes first (confirm=1 makes it count); a no counts at once."""
    row = theirs(request, id)
    if request.method != "POST":
        return saved(request, row)
    form = AnswerForm(row, request.POST)
    if not form.is_valid():
        return page(request, row, form, status=422)
    if "change" in request.POST:
        return page(request, row, form)
    if form.is_yes and "confirm" not in request.POST:
        return check(request, row, form)
    return save(request, row, form)


def check(request: HttpRequest, row: AccessRequest, form: AnswerForm) -> HttpResponse:
    now = clock.now()
    if row.state_at(now) != State.PENDING:
        return refused(request, row, AlreadyEnded())
    allowed, not_allowed, length = form.allowed()
    context: dict[str, Any] = {"asked": presenting.asked(row, now), "form": form, "allowed": allowed}
    context |= {"not_allowed": not_allowed, "duration_words": in_words(length)}
    return render(request, "access/check.html", context)


def save(request: HttpRequest, row: AccessRequest, form: AnswerForm) -> HttpResponse:
    acting = request.visitor.acting  # type: ignore[attr-defined]
    try:
        once(request, lambda by: services.answer(request=row.pk, reply=form.reply(), acting=acting, by=by))
    except Refusal as refusal:
        return refused(request, row, refusal)
    return redirect("access:answer", row.pk)


def refused(request: HttpRequest, row: AccessRequest, refusal: Refusal) -> HttpResponse:
    """Nothing was saved: the sentence, over the request as it stands now."""
    row = theirs(request, row.pk)
    request.refusal = str(refusal)  # type: ignore[attr-defined]
    return page(request, row, status=refusal.status)


def saved(request: HttpRequest, row: AccessRequest) -> HttpResponse:
    if not hasattr(row, "answer"):
        return redirect("access:request", row.pk)
    now = clock.now()
    context = {"asked": presenting.asked(row, now), "access": presenting.access_of(row, now)}
    if row.answer.decision != "none" and context["access"] is None:
        return redirect("access:request", row.pk)
    return render(request, "access/saved.html", context | {"reference": str(row.pk)[:8].upper()})


@require_POST
@for_customer
@vary_on_headers("HX-Request")
def stop(request: HttpRequest, id: UUID) -> HttpResponse:
    customer = request.visitor.customer.pk  # type: ignore[attr-defined]
    once(request, lambda by: services.stop(request=id, customer=customer, by=by))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "access/home.html#stopped_card", {"access": presenting.stopped(theirs(request, id))})
    return redirect("access:request", id)


@require_POST
@for_customer
def ask_again(request: HttpRequest, id: UUID) -> HttpResponse:
    customer = request.visitor.customer.pk  # type: ignore[attr-defined]
    once(request, lambda by: services.let_ask_again(request=id, customer=customer, by=by))
    return redirect("access:request", id)


@require_safe
@for_customer
def proof(request: HttpRequest, id: UUID, sequence: int) -> HttpResponse:
    """The inclusion proof of one entry about this request, to keep and to check offline."""
    row = theirs(request, id)
    entry = ledger.timeline(row.pk).filter(customer=row.customer_id, sequence=sequence).first()
    if entry is None:
        raise Unknown
    response = JsonResponse(ledger.inclusion_proof(entry).as_object())
    response["Content-Disposition"] = 'attachment; filename="proof.json"'
    return response
