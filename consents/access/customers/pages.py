"""Pages of the customer: requests, one request, the answer, stopping."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from consents.access import selectors
from consents.access.customers import presenting
from consents.access.customers.answer_form import (
    AccessAnswerForm,
    build_acting_list,
    build_sharing_context,
    is_asked_again,
    join_names,
)
from consents.access.customers.enquiry_pages import build_enquiry_context
from consents.access.display import compute_shown_digest
from consents.access.models import AccessRequest, Block
from consents.access.rules import AlreadyEnded, RequestState
from consents.access.rules.blocks import BlockKind
from consents.access.rules.causes import EndCause
from consents.access.selectors import build_sharing, find_causes, locking
from consents.access.selectors.locking import HomeReading
from consents.access.services import answering, blocking, ending
from consents.access.signals import home_shown, notices_shown, unasked_access_shown
from consents.core import clock
from consents.core.admin import REOPENED
from consents.core.durations import describe_duration
from consents.core.fields import RadioField
from consents.core.forms import get_choice_field
from consents.core.refusals import Refusal, get_or_refuse
from consents.core.signal_answers import collect_answers
from consents.ledger.selectors import proofs, timelines
from consents.people.selectors import name_others
from consents.people.visitors import CustomerRequest, as_kept, customer_required, get_last_visit, run_once


@require_safe
@customer_required
def show_home(request: CustomerRequest) -> HttpResponse:
    read = locking.read_home(request.visitor.customer.pk, request.user.pk)
    waiting, running = presenting.divide_open_requests(read.open, read.now)
    waiting, agreed = presenting.divide_waiting(waiting, request.visitor.acting, read.holders)
    page, causes, recorders = get_earlier_page(request, read)
    unasked = list_unasked_access(request, read)
    # What the company has to tell this customer, and what of it they have read.
    notices = collect_answers(notices_shown, beside=read.beside, reader=str(request.user.pk))
    context = {
        **build_acting_list(request),
        "waiting": [presenting.build_waiting_card(access_request, read.now) for access_request in waiting],
        "agreed": [
            presenting.build_waiting_card(access_request, read.now) | {"is_agreed": True} for access_request in agreed
        ],
        "live": [
            presenting.build_running_access(access_request, read.now, read.recorders.get(access_request.pk, ""))
            for access_request in running
        ],
        "unasked": unasked,
        "joint": read.joint if request.visitor.acting.is_holding else (),
        "is_open": bool(running or unasked),
        "is_nobody_let": read.is_nobody_let,
        "is_paused": read.is_paused,
        "earlier": page,
        "earlier_lines": presenting.build_earlier_lines(
            list(page.object_list), read.now, not read.others, causes, recorders
        ),
        "notices": [notice for notice in notices if notice["tone"] != "past"],
        "past_notices": [notice for notice in notices if notice["tone"] == "past"],
        "first_visit": not read.open and not page.object_list,
        **build_last_visit(request),
    }
    return render(request, "access/home.html", context)


def list_unasked_access(request: CustomerRequest, read: HomeReading) -> list[Any]:
    """List what the customer may know of access that runs without an answer; the rooms that grant it say so."""
    if not read.is_open_unasked:
        return []
    return collect_answers(unasked_access_shown, customer=request.visitor.customer.pk, now=read.now)


def get_earlier_page(
    request: CustomerRequest, read: HomeReading
) -> tuple[Page[Any], Mapping[UUID, EndCause], Mapping[UUID, str]]:
    """Return the page of earlier requests that the address names, what ended each request, and who recorded its answer
    by telephone. `read` already holds the first page.
    """
    paginator = Paginator(range(read.earlier_number), locking.EARLIER_ON_A_PAGE)
    page: Page[Any] = paginator.get_page(request.GET.get("page"))
    if page.number == 1:
        page.object_list = read.earlier
        return page, read.causes, read.recorders
    earlier = selectors.prefetch_grants(selectors.select_requests_of(request.visitor.customer.pk))
    earlier = earlier.exclude(pk__in=[access_request.pk for access_request in read.open]).order_by("-filed_at", "pk")
    page.object_list = list(earlier[page.start_index() - 1 : page.end_index()])
    shown = [access_request.pk for access_request in page.object_list]
    return page, find_causes(shown), locking.map_recorders(locking.select_spoken(shown))


def build_last_visit(request: CustomerRequest) -> dict[str, Any]:
    """Build what happened since the visitor last signed in; nothing on their first visit."""
    since = get_last_visit(request)
    if since is None:
        return {}
    news = collect_answers(home_shown, customer=request.visitor.customer.pk, reader=request.user.pk, since=since)
    return {"last_visit": since, "news": news}


@require_safe
@customer_required
def show_request(request: CustomerRequest, id: UUID) -> HttpResponse:
    return render_request(request, id)


def render_request(
    request: CustomerRequest, id: UUID, form: AccessAnswerForm | None = None, status: int = 200
) -> HttpResponse:
    """Render the request as it stands, with the form only while it is pending."""
    read = locking.read_request(request.visitor.customer.pk, id, request.user.pk)
    access_request, now = read.access_request, read.now
    is_waiting = access_request.state_at(now) == RequestState.PENDING
    if is_waiting and form is None:
        form = AccessAnswerForm(access_request, digest=compute_shown_digest(access_request))
    asked = presenting.build_request_context(access_request, now, by_you=not read.others, read=read)
    sharing = build_sharing(request.visitor.acting, read.holders, access_request.assents.all())
    if is_waiting and sharing and sharing.own:
        asked["status_word"] = _("Waiting for others who share your account")
    context = {
        "asked": asked,
        "form": form if is_waiting else None,
        "shared": build_sharing_context(access_request, sharing if is_waiting else None),
        "is_asked_again": is_waiting and is_asked_again(access_request, sharing, request.user.pk),
        "access": presenting.build_running_access(access_request, now),
        "still_running": presenting.list_still_running(access_request, now) if asked["outcome"] else [],
        "enquiries": build_enquiry_context(access_request, now),
        "history": presenting.build_history(read),
    }
    return render(request, "access/request.html", context, status=status)


@as_kept
@customer_required
def answer_request(request: CustomerRequest, id: UUID) -> HttpResponse:
    """GET: what was saved. POST: check a yes first (confirm=1 makes it count); a no counts at once."""
    access_request, holders = locking.read_one_request(request.visitor.customer.pk, id)
    if request.method != "POST":
        return show_saved_answer(request, access_request)
    sharing = build_sharing(request.visitor.acting, holders, access_request.assents.all())
    form = AccessAnswerForm(access_request, request.POST, sharing=sharing)
    if not form.is_valid():
        return render_request(request, id, form, status=422)
    if "change" in request.POST or REOPENED in request.POST:
        return render_request(request, id, form)
    if form.is_yes and "confirm" not in request.POST:
        return render_check(request, access_request, form)
    return save_answer(request, access_request, form)


def render_check(request: CustomerRequest, access_request: AccessRequest, form: AccessAnswerForm) -> HttpResponse:
    now = clock.now()
    if access_request.state_at(now) != RequestState.PENDING:
        return render_refusal(request, access_request, AlreadyEnded())
    allowed, not_allowed, length = form.describe_allowed()
    context = {
        "asked": presenting.build_request_context(access_request, now),
        "form": form,
        "allowed": allowed,
        "not_allowed": not_allowed,
        "duration_words": describe_duration(length),
        "missing": join_names(form.sharing.missing) if form.sharing else "",
    }
    return render(request, "access/check.html", context)


def save_answer(request: CustomerRequest, access_request: AccessRequest, form: AccessAnswerForm) -> HttpResponse:
    acting = request.visitor.acting
    try:
        with answering.refuse_if_too_late(access_request.pk):
            run_once(
                request,
                lambda by: answering.answer_access_request(
                    access_request=access_request.pk, reply=form.reply(), acting=acting, by=by
                ),
            )
    except Refusal as refusal:
        return render_refusal(request, access_request, refusal)
    return redirect("access:answer", access_request.pk)


def render_refusal(request: CustomerRequest, access_request: AccessRequest, refusal: Refusal) -> HttpResponse:
    """Render the refusal above the request as it stands now; nothing was saved."""
    request.refusal = str(refusal)
    return render_request(request, access_request.pk, status=refusal.status)


def show_saved_answer(request: HttpRequest, access_request: AccessRequest) -> HttpResponse:
    if not hasattr(access_request, "answer"):
        return redirect("access:request", access_request.pk)
    now = clock.now()
    context = {
        "asked": presenting.build_request_context(access_request, now),
        "access": presenting.build_running_access(access_request, now),
        "still_running": presenting.list_still_running(access_request, now),
    }
    if access_request.answer.decision != "none" and context["access"] is None:
        return redirect("access:request", access_request.pk)
    return render(request, "access/saved.html", context | {"reference": str(access_request.pk)[:8].upper()})


@require_POST
@customer_required
@vary_on_headers("HX-Request")
def stop_access(request: CustomerRequest, id: UUID) -> HttpResponse:
    customer = request.visitor.customer.pk
    run_once(request, lambda by: ending.stop_access(access_request=id, customer=customer, by=by))
    if request.htmx:
        home = locking.read_home(customer, request.user.pk)
        running = presenting.divide_open_requests(home.open, home.now)[1]
        context = {"running": running, "is_open": bool(running or list_unasked_access(request, home))}
        stopped = locking.read_request(customer, id, request.user.pk)
        context["access"] = presenting.build_stopped_card(stopped)
        context["still_running"] = presenting.list_still_running(stopped.access_request, stopped.now)
        return render(request, "access/home.html#stopped_card", context)
    return redirect("access:request", id)


@require_POST
@customer_required
def allow_asking_again(request: CustomerRequest, id: UUID) -> HttpResponse:
    customer = request.visitor.customer.pk
    run_once(request, lambda by: answering.lift_waiting_time(access_request=id, customer=customer, by=by))
    return redirect("access:request", id)


@require_safe
@customer_required
def download_proof(request: CustomerRequest, id: UUID, sequence: int) -> HttpResponse:
    """Download the inclusion proof of one entry about this request, to keep and to check offline."""
    access_request, _holders = locking.read_one_request(request.visitor.customer.pk, id)
    entries = timelines.list_entries(access_request.pk).filter(customer=access_request.customer_id)
    entry = get_or_refuse(entries.filter(sequence=sequence))
    response = JsonResponse(proofs.build_inclusion_proof(entry).as_object())
    response["Content-Disposition"] = 'attachment; filename="proof.json"'
    return response


# Pages on which a customer blocks a person, a team or everybody, sees whom they have blocked, and lifts it.

DONE_FOR_ONE = gettext_lazy(
    "Done. Anything that was running has ended, and they can no longer ask or look, unless a law requires it."
)
DONE_FOR_EVERYBODY = gettext_lazy(
    "Done. Anything that was running has ended, and no one can ask or look from now on, unless a law requires it."
)


class BlockLine(NamedTuple):
    """A standing block as the page names it, and who placed it."""

    block: Block
    whom: str
    by: str


class BlockForm(forms.Form):
    """Choose whom to block, with nothing preselected."""

    whom = RadioField(
        label=gettext_lazy("Whom do you want to block?"),
        error_messages={"required": gettext_lazy("Choose whom to block.")},
    )

    def __init__(self, access_request: AccessRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = {"name": access_request.asked_name, "team": access_request.asked_team}
        get_choice_field(self, "whom").choices = [
            (BlockKind.MEMBER, _("Only %(name)s") % named),
            (BlockKind.TEAM, _("Everyone in %(team)s") % named),
            (BlockKind.EVERYBODY, _("Nobody at all may ask")),
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def block_requester(request: CustomerRequest, id: UUID) -> HttpResponse:
    """GET: whom, and what it does. POST: block the person who filed this request, their team, or everybody."""
    access_request, _holders = locking.read_one_request(request.visitor.customer.pk, id)
    form = BlockForm(access_request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        kind = BlockKind(form.cleaned_data["whom"])
        if place_block(request, kind, access_request.pk, form):
            return redirect("access:blocks")
    context = {"form": form, "asked_by": access_request.asked_as, "id": access_request.pk}
    return render(request, "access/block.html", context, status=422 if form.errors else 200)


def place_block(
    request: CustomerRequest, kind: BlockKind, access_request: UUID | None, form: forms.Form | None = None
) -> bool:
    customer = request.visitor.customer.pk
    try:
        run_once(
            request,
            lambda by: blocking.place_block(customer=customer, kind=kind, access_request=access_request, by=by),
        )
    except Refusal as refusal:
        if form is None:
            raise
        form.add_error("whom", str(refusal))
        return False
    messages.success(request, DONE_FOR_EVERYBODY if kind == BlockKind.EVERYBODY else DONE_FOR_ONE)
    return True


@require_safe
@customer_required
def show_blocks(request: CustomerRequest) -> HttpResponse:
    customer = request.visitor.customer.pk
    standing = list(selectors.select_standing_blocks(customer))
    others = name_others(customer, request.user)
    placed_by = selectors.find_placing_actors(standing)
    lines = [
        BlockLine(block, describe_blocked_party(block), others.get(placed_by.get(block.pk, ""), _("You")))
        for block in standing
    ]
    context = {
        "nobody": next((line for line in lines if line.block.kind == BlockKind.EVERYBODY), None),
        "blocks": [line for line in lines if line.block.kind != BlockKind.EVERYBODY],
        "requesters": list_requesters(customer, standing),
    }
    return render(request, "access/blocks.html", context)


def describe_blocked_party(block: Block) -> str:
    if block.member is None:
        return _("Everyone in %(team)s") % {"team": block.team} if block.team else _("Nobody at all may ask")
    named = {"name": block.member.first_name, "team": block.member.staff_member.team}
    return _("%(name)s from %(team)s") % named


def list_requesters(customer: UUID, standing: list[Block]) -> list[AccessRequest]:
    """List the last request of each person who has asked and still works here, if not blocked by name."""
    blocked = {block.member_id for block in standing}
    newest = (
        selectors.select_requests_of(customer).filter(staff__staff_member__ended_at=None).exclude(staff__in=blocked)
    )
    rows = newest.order_by("staff", "-filed_at").distinct("staff")
    return sorted(rows[:100], key=lambda row: (row.asked_name, row.asked_team))


@require_POST
@customer_required
def block_everybody(request: CustomerRequest) -> HttpResponse:
    place_block(request, BlockKind.EVERYBODY, None)
    return redirect("access:blocks")


@require_POST
@customer_required
def lift_block(request: CustomerRequest, id: UUID) -> HttpResponse:
    customer = request.visitor.customer.pk
    run_once(request, lambda by: blocking.lift_block(block=id, customer=customer, by=by))
    ended = _("The block has ended. They may ask you again; what had ended stays ended.")
    still = _("The block has ended; what had ended stays ended. Your other blocks still stand.")
    messages.success(request, still if selectors.select_standing_blocks(customer).exists() else ended)
    return redirect("access:blocks")
