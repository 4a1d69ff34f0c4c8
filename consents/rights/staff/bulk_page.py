"""The page of one act on many requests: ask, show it as the customers will read it, do it, say what was left."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.people.models import StaffMember
from consents.people.visitors import StaffRequest
from consents.rights.models import RightsRequest
from consents.rights.staff.as_read import build_answer_as_read
from consents.rights.staff.bulk import carry_out_for_all, choose_example, is_alike, list_chosen_requests
from consents.rights.staff.officer_act import OfficerAct

LIST = "admin:rights_rightsrequest_changelist"
TEMPLATE = "admin/rights/rightsrequest/bulk.html"
DONE_TEMPLATE = "admin/rights/rightsrequest/bulk_done.html"


def show_bulk_page(admin: ModelAdmin, request: StaffRequest, act: OfficerAct, *, is_sent: bool) -> HttpResponseBase:
    """Show the page, or do the act where the page was sent."""
    chosen = list_chosen_requests(request.POST if request.method == "POST" else request.GET)
    if not chosen:
        admin.message_user(request, _("Choose requests in the list first."), messages.WARNING)
        return redirect(LIST)
    example = choose_example(act, chosen) or chosen[0]
    if not is_sent:
        begun = dict(request.POST.lists())
        return ask_for_all(admin, request, act, chosen, act.form(example, begun=begun) if act.form else None)
    form = act.form(example, request.POST) if act.form else None
    if form and not form.is_valid():
        return ask_for_all(admin, request, act, chosen, form)
    answers = form.cleaned_data if form else {}
    if act.is_read_first and "is_read" not in request.POST:
        as_read = build_answer_as_read(example, answers)
        return ask_for_all(admin, request, act, chosen, form, as_read=as_read)
    result = carry_out_for_all(request, act, chosen, answers, request.user.staff_member)
    number = len(result.done)
    title = ngettext("done for %(n)d request", "done for %(n)d requests", number) % {"n": number}
    context = build_context(admin, request, act, chosen) | {"title": f"{act.label}: {title}", "result": result}
    return render(request, DONE_TEMPLATE, context)


def ask_for_all(
    admin: ModelAdmin, request: StaffRequest, act: OfficerAct, chosen: list[RightsRequest], form: Any, **more: Any
) -> HttpResponse:
    context = build_context(admin, request, act, chosen) | {"form": form, "is_read_first": act.is_read_first}
    status = 422 if form is not None and form.errors else 200
    return render(request, TEMPLATE, context | more, status=status)


def build_context(
    admin: ModelAdmin, request: StaffRequest, act: OfficerAct, chosen: list[RightsRequest]
) -> dict[str, Any]:
    choices = build_rows(act, chosen, request.user.staff_member)
    possible = sum(choice.is_possible for choice in choices)
    number = ngettext("%(n)d request", "%(n)d requests", possible) % {"n": possible}
    common = find_common_effects(choices)
    return admin.admin_site.each_context(request) | {
        "title": f"{act.label}: {number}",
        "button": f"{act.label} ({number})",
        "chosen": [
            replace(choice, effects=[effect for effect in choice.effects if effect not in common]) for choice in choices
        ],
        "effects": common,
        "is_possible": possible > 0,
        "opts": admin.opts,
    }


@dataclass(frozen=True)
class ChosenRow:
    """A request that was ticked; `effects`: what the act will do to it, where it is possible."""

    rights_request: RightsRequest
    is_possible: bool
    effects: list[str]


def build_rows(act: OfficerAct, chosen: list[RightsRequest], officer: StaffMember) -> list[ChosenRow]:
    example = choose_example(act, chosen)
    choices = []
    for rights_request in chosen:
        is_possible = example is not None and act.is_possible(rights_request)
        is_possible = is_possible and example is not None and is_alike(act, rights_request, example)
        effects = act.list_effects(rights_request, officer) if is_possible else []
        choices.append(ChosenRow(rights_request, is_possible, effects))
    return choices


def find_common_effects(choices: list[ChosenRow]) -> list[str]:
    """Find what is true of every request for which the act is possible: only that is said of them all."""
    possible = [choice.effects for choice in choices if choice.is_possible]
    return [effect for effect in possible[0] if all(effect in effects for effects in possible)] if possible else []
