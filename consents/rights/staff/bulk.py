"""One act on many requests: ask, show it as the customers will read it, do it, say what was left.

Each is done on its own, so that what is no longer possible for some holds up none of the rest.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.core.durations import format_day, format_local_moment
from consents.core.refusals import Refusal
from consents.law.identity import Fact, Level
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people import selectors as people
from consents.people.models import StaffMember
from consents.people.visitors import StaffRequest, run_once
from consents.rights.fulfilment.registry import list_types
from consents.rights.models import RightsRequest
from consents.rights.refusals import AsksSomethingElse, DoneAlready
from consents.rights.rules import State
from consents.rights.staff.answer_forms import build_answer_as_read
from consents.rights.staff.officer_act import OfficerAct
from consents.rights.staff.pages import describe_document

# Acts of which nothing but the request differs from one to the next.
BULK = ("take", "hand_over", "acknowledge", "extend", "answer", "refuse")
# Acts that say the same to every customer: only of requests that ask for the same.
ALIKE = {"answer", "refuse"}
# Acts that change nothing, and refuse nothing, where they were done before.
REPEATABLE = {"take", "acknowledge"}
CHOSEN = "of"
PREFIX = "all_"  # of the action in the list
MOST_CHOSEN = 100


def show_bulk_page(admin: ModelAdmin, request: StaffRequest, act: OfficerAct, *, is_sent: bool) -> HttpResponseBase:
    """Show the page, or do the act where the page was sent."""
    chosen = list_chosen_requests(request.POST if request.method == "POST" else request.GET)
    if not chosen:
        admin.message_user(request, _("Choose requests in the list first."), messages.WARNING)
        return redirect("admin:rights_rightsrequest_changelist")
    example = choose_example(act, chosen)
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
    done, left = carry_out_for_all(request, act, chosen, answers, request.user.staff_member)
    number = ngettext("done for %(n)d request", "done for %(n)d requests", len(done)) % {"n": len(done)}
    context = {"title": f"{act.label}: {number}", "done": done, "left": left, "opts": admin.opts}
    whole = admin.admin_site.each_context(request) | context
    return render(request, "admin/rights/rightsrequest/bulk_done.html", whole)


def list_chosen_requests(typed: QueryDict) -> list[RightsRequest]:
    """List the requests that were ticked, as they stood in the list; what is no request is passed over."""
    ids = list(dict.fromkeys(parse_ids(typed.getlist(CHOSEN))))[:MOST_CHOSEN]
    rows = (
        RightsRequest.objects.select_related("handler__staff_member", "customer")
        .prefetch_related("register")
        .in_bulk(ids)
    )
    return [rows[id] for id in ids if id in rows]


def parse_ids(typed: Iterable[str]) -> Iterable[UUID]:
    for text in typed:
        try:
            yield UUID(text)
        except ValueError:
            continue


def choose_example(act: OfficerAct, chosen: list[RightsRequest]) -> RightsRequest:
    """Choose the request that the form is made for: the first that allows the act, where any does."""
    return next(filter(act.is_possible, chosen), chosen[0])


def ask_for_all(
    admin: ModelAdmin, request: StaffRequest, act: OfficerAct, chosen: list[RightsRequest], form: Any, **more: Any
) -> HttpResponse:
    possible = find_effects(act, chosen, request.user.staff_member)
    common = find_common_effects(list(possible.values()))
    number = ngettext("%(n)d request", "%(n)d requests", len(possible)) % {"n": len(possible)}
    context = admin.admin_site.each_context(request) | {
        "title": f"{act.label}: {number}",
        "button": f"{act.label} ({number})",
        "chosen": [
            {
                "rights_request": rights_request,
                "is_possible": rights_request.pk in possible,
                "effects": [effect for effect in possible.get(rights_request.pk, []) if effect not in common],
            }
            for rights_request in chosen
        ],
        "effects": common,
        "is_possible": bool(possible),
        "is_read_first": act.is_read_first,
        "form": form,
        "opts": admin.opts,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "admin/rights/rightsrequest/bulk.html", context | more, status=status)


def find_effects(act: OfficerAct, chosen: list[RightsRequest], officer: StaffMember) -> dict[UUID, list[str]]:
    example = choose_example(act, chosen)
    return {
        rights_request.pk: act.list_effects(rights_request, officer)
        for rights_request in chosen
        if act.is_possible(rights_request) and is_alike(act, rights_request, example)
    }


def find_common_effects(possible: list[list[str]]) -> list[str]:
    """Find what is true of every request for which the act is possible: only that is said of them all."""
    return [effect for effect in possible[0] if all(effect in effects for effects in possible)] if possible else []


def carry_out_for_all(
    request: HttpRequest, act: OfficerAct, chosen: list[RightsRequest], answers: dict[str, Any], officer: StaffMember
) -> tuple[list[RightsRequest], list[tuple[RightsRequest, str]]]:
    """Do the act for one request after the other, each in a transaction of its own, and once for this form. Return
    those for which it is done, and each other one with the reason in a sentence."""
    done, left, example = list[RightsRequest](), list[tuple[RightsRequest, str]](), choose_example(act, chosen)
    for rights_request in chosen:
        carry_out = partial(carry_out_for_one, act, rights_request, example, answers, officer)
        try:
            run_once(request, carry_out, of=rights_request.pk)
            done.append(rights_request)
        except Refusal as refusal:
            left.append((rights_request, str(refusal)))
    return done, left


def carry_out_for_one(
    act: OfficerAct,
    rights_request: RightsRequest,
    example: RightsRequest,
    answers: dict[str, Any],
    officer: StaffMember,
    by: Actor,
) -> object:
    """Do the act of the form that was made for `example`. Raises AsksSomethingElse, DoneAlready, what it refuses."""
    if not is_alike(act, rights_request, example):
        raise AsksSomethingElse
    was_possible = act.is_possible(rights_request)
    done = act.do(rights_request=rights_request.pk, officer=officer, by=by, **answers)
    if act.name in REPEATABLE and not was_possible:
        raise DoneAlready
    return done


def is_alike(act: OfficerAct, rights_request: RightsRequest, example: RightsRequest) -> bool:
    """Tell whether the act may say of this request what it says of the one that the form is made for."""
    is_same = rights_request.regime == example.regime and rights_request.request_type == example.request_type
    return act.name not in ALIKE or is_same


# Show a second officer what they decide on: the request, how it is known who asks, the searches, what must be kept.

type Facts = list[tuple[str, Any]]


def list_decision_facts(rights_request: RightsRequest) -> Facts:
    """List what an officer must know who confirms an erasure that a colleague proposed."""
    facts: Facts = [
        (_("Request"), rights_request.number),
        (_("What is asked"), rights_request.get_request_type_display()),
        (_("Law"), f"{rights_request.get_regime_display()} ({rights_request.jurisdiction})"),
        (_("How it arrived"), capfirst(rights_request.get_channel_display())),
        (_("Who asked"), capfirst(rights_request.get_submitted_by_display())),
        (_("Document that shows they may"), describe_document(rights_request)),
        (_("How it is known who asks"), describe_proof(rights_request)),
        (_("Systems searched"), capfirst(describe_searches(rights_request))),
        (_("Legal holds"), capfirst(describe_holds(rights_request.customer_id))),
        (_("Answer by"), format_local_moment(rights_request.answer_by)),
    ]
    return [(label, value) for label, value in facts if value]


def describe_proof(rights_request: RightsRequest) -> str:
    """Say how surely, by which facts, by whom and when."""
    event = "rights_request.identity_confirmed"
    entry = Entry.objects.filter(object=str(rights_request.pk), event=event).order_by("-id").first()
    if not rights_request.verified_at:
        return _("Not confirmed")
    level = capfirst(str(Level(rights_request.verification_level).label))
    facts = ", ".join(str(Fact(fact).label) for fact in entry.facts.get("facts", ())) if entry else ""
    proof = {"level": level, "facts": facts, "at": format_local_moment(rights_request.verified_at)}
    proof["who"] = describe_actor(entry) if entry else _("the customer")
    sentence = _("%(level)s: %(facts)s. By %(who)s, %(at)s.") if facts else _("%(level)s. By %(who)s, %(at)s.")
    return sentence % proof


def describe_actor(entry: Entry) -> str:
    if entry.actor_kind != "staff":
        return _("the customer")
    member = StaffMember.objects.filter(pk=UUID(entry.actor)).select_related("user").first()
    return str(member) if member else _("an officer")


def describe_searches(rights_request: RightsRequest) -> str:
    hit, miss = _("%(system)s: found, by %(who)s"), _("%(system)s: nothing, by %(who)s")
    searches = rights_request.search_set.select_related("searched_by").order_by("id")
    lines = [
        (hit if search.found else miss) % {"system": search.system, "who": search.searched_by.get_full_name()}
        for search in searches
    ]
    return "; ".join(lines) or _("none")


def describe_holds(customer: UUID | None) -> str:
    """Name why data must be kept; a hold forbids an erasure until it is lifted."""
    holds = people.select_legal_holds(customer) if customer else ()
    reasons = [{"why": hold.get_reason_display(), "day": format_day(hold.review_on)} for hold in holds]
    return "; ".join(_("%(why)s, until reviewed on %(day)s") % reason for reason in reasons) or _("none")


def list_erasure_basis(customer: UUID, **_signal: Any) -> Facts:
    """List the facts of the open request that an erasure of this customer answers. By signal, from its page."""
    rows = RightsRequest.objects.filter(customer=customer, request_type__in=list_types("is_erasure"))
    rights_request = rows.exclude(state=State.ANSWERED).order_by("received_at", "filed_at").first()
    return list_decision_facts(rights_request) if rights_request else []


def preview_unanswered_requests(customer: UUID, **_: Any) -> list[str]:
    """Say how many requests an erasure leaves open, with nothing left to answer them from."""
    others = RightsRequest.objects.filter(customer=customer).exclude(state=State.ANSWERED)
    n = others.exclude(request_type__in=list_types("is_erasure")).count()
    sentence = ngettext(
        "%(n)d privacy request of this customer is still open. Answer it first: the data will be gone.",
        "%(n)d privacy requests of this customer are still open. Answer them first: the data will be gone.",
        n,
    )
    return [sentence % {"n": n}] if n else []
