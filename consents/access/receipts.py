"""Receipts of answers to access requests: approving one is consent to that request alone."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext as _

from consents.access import selectors
from consents.access.customers.presenting import (
    build_still_running,
    describe_over,
    describe_requester,
    list_open_requests,
)
from consents.access.models import AccessRequest
from consents.access.rules import GrantEnd, RequestState
from consents.access.rules.causes import WHO_ENDED, WORDS, EndCause
from consents.access.rules.telephone import TELEPHONE
from consents.access.selectors import get_cause
from consents.catalogue.models import Purpose
from consents.choices.receipts.issuing import (
    Issuer,
    OutcomeGroup,
    RecordIncomplete,
    build_shown_notices,
    find_speaker,
    parse_end,
    register_issuer,
)
from consents.choices.receipts.parts import Event, Record
from consents.core import clock
from consents.ledger.models import Entry, check_moment, parse_moment

REQUEST = "access_request"
ANSWERED, ENDED, FILED = "access_request.answered", "grant.ended", "access_request.filed"
OUTCOMES: dict[str, OutcomeGroup] = {
    RequestState.APPROVED: OutcomeGroup.AGREED,
    RequestState.PARTLY_APPROVED: OutcomeGroup.AGREED,
    RequestState.DENIED: OutcomeGroup.SAID_NO,
    GrantEnd.STOPPED: OutcomeGroup.ENDED,
    GrantEnd.WITHDRAWN: OutcomeGroup.ENDED,
    GrantEnd.TIME: OutcomeGroup.ENDED,
    GrantEnd.COMPANY: OutcomeGroup.ENDED,
}
STATUSES: dict[str, str] = {
    RequestState.PENDING: "ConsentRequested",
    RequestState.APPROVED: "ConsentGiven",
    RequestState.PARTLY_APPROVED: "ConsentGiven",
    RequestState.DENIED: "ConsentRefused",
    GrantEnd.STOPPED: "ConsentWithdrawn",
    GrantEnd.WITHDRAWN: "ConsentWithdrawn",
    GrantEnd.TIME: "ConsentExpired",
    GrantEnd.COMPANY: "ConsentRevoked",
}


def build_request_record(entries: list[Entry]) -> Record:
    """Build the record of the request, its answer and how access ended."""
    recorded = [entry for entry in entries if entry.event in (FILED, ANSWERED, ENDED)]
    filed, answer = recorded[0], next(entry for entry in recorded if entry.event == ANSWERED)
    facts = answer.facts
    is_yes = answer.outcome != RequestState.DENIED
    assert filed.customer is not None
    return Record(
        id=filed.object,
        customer=filed.customer,
        notices=build_shown_notices(filed.purpose, [(facts["version"], facts["language"], facts["notice"])]),
        events=tuple(build_request_event(entry, answer) for entry in recorded),
        path=reverse("access:request", args=[filed.object]),
        categories=frozenset(facts["categories"] if is_yes else filed.facts["categories"]),
        shown=bytes.fromhex(filed.facts["digest"]).hex(),
    )


def build_request_event(entry: Entry, answer: Entry) -> Event:
    facts = answer.facts
    starts, lasts = parse_moment(facts["answered_at"]), timedelta(seconds=facts["duration_seconds"])
    is_yes = entry.event == ANSWERED and entry.outcome != RequestState.DENIED
    return Event(
        entry=bytes(entry.hash),
        at=parse_end(entry.facts.get("ended_at")) or entry.occurred_at,
        status=STATUSES[entry.outcome],
        by="customer" if is_spoken(entry) else find_speaker(entry),
        method=str(facts["method"]) if entry.event == ANSWERED else "access request",
        lasts_until=check_moment(starts + lasts) if is_yes else None,
        notice=facts["notice"],
        interface=str(facts["interface"]) if entry.event == ANSWERED else "",
        evidence=entry.evidence,
    )


def is_spoken(entry: Entry) -> bool:
    """Return True for an answer by telephone, which an officer recorded: the customer's own all the same."""
    return entry.event == ANSWERED and bool(entry.facts["method"] == TELEPHONE)


def describe_request_outcome(entry: Entry, other: str) -> str:
    if answered := describe_answer_outcome(entry.outcome, other):
        return _("%(answer)s, by telephone") % {"answer": answered} if is_spoken(entry) else answered
    cause = get_cause(entry) or EndCause(WHO_ENDED.get(entry.outcome, EndCause.COMPANY))
    if title := describe_end_of_access(cause, other):
        return title
    words = WORDS[cause]
    return capfirst(str(words.other).rstrip(".") % {"other": other}) if other and words.is_by_customer else words.title


def describe_end_of_access(cause: EndCause, other: str) -> str:
    """Say that access ended where the cause alone does not, or reads like the receipt of a choice of the same minute;
    '' for other causes.
    """
    by_other = {
        EndCause.WITHDRAWN: _("Access ended: %(other)s withdrew consent"),
        EndCause.REFUSED: _("Access ended: %(other)s said no to the purpose"),
    }
    by_reader = {
        EndCause.WITHDRAWN: _("Access ended: you withdrew consent"),
        EndCause.REFUSED: _("Access ended: you said no to the purpose"),
        EndCause.TIME: _("Access ended: the time was up"),
    }
    words = by_reader | (by_other if other else {})
    return words.get(cause, "") % {"other": other}


def describe_answer_outcome(outcome: str, other: str) -> str:
    """Describe an answer; '' for the end of access."""
    words: dict[str, str] = {
        RequestState.APPROVED: _("%(other)s allowed a request") if other else _("You allowed a request"),
        RequestState.PARTLY_APPROVED: _("%(other)s allowed part of a request")
        if other
        else _("You allowed part of a request"),
        RequestState.DENIED: _("%(other)s did not allow a request") if other else _("You did not allow a request"),
    }
    return capfirst(words[outcome] % {"other": other}) if outcome in words else ""


def is_access_live(id: str, now: datetime) -> bool:
    return selectors.select_live_grants(now).filter(access_request=UUID(id)).exists()


def get_request_path(record: Record) -> str:
    return record.path


def list_earlier_yeses(entry: Entry) -> list[Entry]:
    """List what other holders of a shared account had said yes to, before this answer."""
    if OUTCOMES[entry.outcome] != OutcomeGroup.AGREED:
        return []
    assented = Entry.objects.filter(event="access_request.assented", object=entry.object, customer=entry.customer)
    return list(assented.filter(id__lt=entry.pk).exclude(actor=entry.actor).order_by("id"))


def describe_joint_outcome(entry: Entry) -> str:
    """Say of a part that all of them allowed it: the last yes may have been a whole one."""
    return _("All of you allowed part of a request") if entry.outcome == RequestState.PARTLY_APPROVED else ""


def name_requester(record: Record) -> str:
    """Name who asked, as the page of the request does. Raises RecordIncomplete where this customer has no such."""
    mine = AccessRequest.objects.select_related("staff__staff_member").filter(customer=record.customer)
    if (request := mine.filter(pk=record.id).first()) is None:
        raise RecordIncomplete
    return describe_requester(request)


def register_request_receipts() -> None:
    register_issuer(
        Issuer(
            REQUEST,
            frozenset({ANSWERED, ENDED}),
            OUTCOMES,
            build_request_record,
            describe_request_outcome,
            is_access_live,
            get_request_path,
            list_earlier_yeses,
            name_requester,
            describe_joint_outcome,
        )
    )


def preview_ended_by_retirement(purpose: Purpose, **_: Any) -> list[str]:
    return describe_endings(AccessRequest.objects.filter(purpose=purpose))


def preview_ended_by_erasure(customer: UUID, **_: Any) -> list[str]:
    return describe_endings(selectors.select_requests_of(customer))


def describe_endings(rows: QuerySet[AccessRequest]) -> list[str]:
    """Say how many requests wait and how much access runs; nothing of what there is none of."""
    now = clock.now()
    waiting = rows.filter(pk__in=selectors.select_pending(now).values("pk")).count()
    running = rows.filter(grants__in=selectors.select_live_grants(now)).distinct().count()
    requests = ngettext("%(n)d unanswered request ends.", "%(n)d unanswered requests end.", waiting)
    accesses = ngettext("%(n)d running access ends at once.", "%(n)d running accesses end at once.", running)
    return [sentence % {"n": n} for n, sentence in ((waiting, requests), (running, accesses)) if n]


def preview_stopped_by_withdrawal(customer: UUID, purpose: Purpose, **_: Any) -> list[str]:
    """Tell the customer which access ends at once, and whose requests are answered with no."""
    now = clock.now()
    requests = selectors.prefetch_categories(AccessRequest.objects.filter(customer_id=customer, purpose=purpose))
    running = requests.filter(grants__in=selectors.select_live_grants(now)).distinct()
    waiting = requests.filter(pk__in=selectors.select_pending(now).values("pk"))
    return [
        *[describe_ending(access_request, now) for access_request in running],
        *[
            gettext("The request from %(who)s is answered with no.") % {"who": access_request.asked_as}
            for access_request in waiting
        ],
    ]


def describe_ending(access_request: AccessRequest, now: datetime) -> str:
    what = ", ".join(grant.category.title for grant in access_request.grants.all() if grant.is_live(now))
    return gettext("Access ends for %(who)s: %(what)s.") % {"who": access_request.asked_as, "what": what}


def list_effects_of_withdrawal(customer: UUID, purpose: Purpose, since: datetime, **_: Any) -> dict[str, Any]:
    """List what a withdrawal ended, and what runs on for other purposes, each with the address that stops it."""
    now = clock.now()
    requests = selectors.prefetch_categories(AccessRequest.objects.filter(customer_id=customer, purpose=purpose))
    ended = requests.filter(grants__end=GrantEnd.WITHDRAWN, grants__ended_at__gte=since).distinct()
    _waiting, running = list_open_requests(customer, now)
    return {
        "ended": [describe_over(access_request) for access_request in ended.order_by("filed_at")],
        "running": [build_still_running(access_request, now) for access_request in running],
    }
