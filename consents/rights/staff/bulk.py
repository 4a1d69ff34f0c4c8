"""One act on many requests: each on its own, so that what is no longer possible for some holds up none of the rest."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict

from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.visitors import run_once
from consents.rights.models import RightsRequest
from consents.rights.refusals import AsksSomethingElse, DoneAlready
from consents.rights.staff.officer_act import OfficerAct

# Acts of which nothing but the request differs from one to the next.
BULK = ("take", "hand_over", "acknowledge", "extend", "answer", "refuse")
# Acts that say the same to every customer: only of requests that ask for the same.
ALIKE = {"answer", "refuse"}
# Acts that change nothing, and refuse nothing, where they were done before.
REPEATABLE = {"take", "acknowledge"}
CHOSEN = "of"
PREFIX = "all_"  # of the action in the list
MOST_CHOSEN = 100


@dataclass
class BulkResult:
    """`left`: each request for which it was not possible, with the reason in a sentence."""

    done: list[RightsRequest] = field(default_factory=list)
    left: list[tuple[RightsRequest, str]] = field(default_factory=list)


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


def choose_example(act: OfficerAct, chosen: list[RightsRequest]) -> RightsRequest | None:
    """Choose the request that the form is made for: the first that allows the act; None if none does."""
    return next(filter(act.is_possible, chosen), None)


def carry_out_for_all(
    request: HttpRequest, act: OfficerAct, chosen: list[RightsRequest], answers: dict[str, Any], officer: StaffMember
) -> BulkResult:
    """Do the act for one request after the other, each in a transaction of its own, and once for this form."""
    result, example = BulkResult(), choose_example(act, chosen) or chosen[0]
    for rights_request in chosen:
        try:
            run_once(request, build_step(act, rights_request, example, answers, officer), of=rights_request.pk)
            result.done.append(rights_request)
        except Refusal as refusal:
            result.left.append((rights_request, str(refusal)))
    return result


def build_step(
    act: OfficerAct,
    rights_request: RightsRequest,
    example: RightsRequest,
    answers: dict[str, Any],
    officer: StaffMember,
) -> Any:
    def step(by: Actor) -> object:
        if not is_alike(act, rights_request, example):
            raise AsksSomethingElse
        was_possible = act.is_possible(rights_request)
        done = act.do(rights_request=rights_request.pk, officer=officer, by=by, **answers)
        if act.name in REPEATABLE and not was_possible:
            raise DoneAlready
        return done

    return step


def is_alike(act: OfficerAct, rights_request: RightsRequest, example: RightsRequest) -> bool:
    """Tell whether the act may say of this request what it says of the one that the form is made for."""
    is_same = rights_request.regime == example.regime and rights_request.request_type == example.request_type
    return act.name not in ALIKE or is_same
