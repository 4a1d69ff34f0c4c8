"""Pages on which a customer blocks a person, a team or everybody, sees whom they have blocked, and lifts it."""

from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consents.access import selectors
from consents.access.models import AccessRequest, Block
from consents.access.rules.blocks import BlockKind
from consents.access.selectors import readings
from consents.access.services import blocking
from consents.core.fields import RadioField
from consents.core.forms import get_choice_field
from consents.core.refusals import Refusal
from consents.people.selectors import name_others
from consents.people.visitors import CustomerRequest, customer_required, run_once

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
    access_request, _holders = readings.read_one_request(request.visitor.customer.pk, id)
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
