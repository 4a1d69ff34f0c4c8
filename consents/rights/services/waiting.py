"""The clock stands still while we wait for the customer, and goes on: with their answer, without one, or without them.

Not under every law (G01 5.3; 11 CCR 7021(b) lets no clock wait).
"""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from consents.core import clock
from consents.core.durations import get_home_day
from consents.core.working_ahead import run_for_due
from consents.law.clocks import get_end_of_day
from consents.law.kinds import Regime
from consents.law.reasons import compute_terms, describe_due
from consents.ledger.rules import PORTAL, Actor, format_ledger_moment
from consents.ledger.services import appending
from consents.people.models import StaffMember
from consents.rights.models import MissedDeadline, Pause, PauseEnd, RightsRequest
from consents.rights.recipients import is_identity_open
from consents.rights.refusals import BadDayOfAnswer, IdentityKnown, IsNotWaiting, IsWaiting
from consents.rights.rules import About, Outcome, State, Waiting
from consents.rights.services.recording import (
    append_rights_entry,
    assign_to,
    compute_longer_due,
    get_home_zone,
    get_receipt_day,
    get_request_kind,
    lock_open_rights_request,
    lock_rights_request,
    record_step,
)


def begin_wait(rights_request: RightsRequest, subject: About, now: datetime) -> bool:
    """Stop the clock for a question that is sent now, where the law lets it wait (G01 5.3). False where time runs on:
    the right never waits, the question is about something else, or the answer is late already.

    Raises IsWaiting, IdentityKnown.
    """
    if rights_request.waiting_since:
        raise IsWaiting
    if subject == About.IDENTITY and not is_identity_open(rights_request):
        raise IdentityKnown
    is_lawful = get_request_kind(rights_request).pauses and subject in Waiting.values
    if not is_lawful or now > rights_request.answer_by:
        return False
    record_step(rights_request, Pause, waiting_for=subject, began_at=now)
    return True


@transaction.atomic
def stop_waiting(*, rights_request: UUID, officer: StaffMember, by: Actor) -> RightsRequest:
    """Let the clock go on from now, as no answer came: the request is answered or refused as it stands.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, IsNotWaiting, NoCalendar.
    """
    locked = lock_open_rights_request(rights_request, officer)
    if not locked.waiting_since:
        raise IsNotWaiting
    waited_for = locked.waiting_for
    resumed = end_wait(locked, Waiting(waited_for))
    assign_to(locked, officer)
    append_rights_entry(locked, "unanswered", by, waited_for, **resumed)
    return locked


@transaction.atomic
def stop_waiting_for_erased(customer: UUID, by: Actor, **_: Any) -> None:
    """Let the clock go on when the customer is erased: nobody is left who could answer. By signal, inside that act."""
    appending.lock_people(customer)
    waiting = RightsRequest.objects.filter(customer=customer, waiting_since__isnull=False).exclude(state=State.ANSWERED)
    for rights_request in waiting:
        waited_for = rights_request.waiting_for
        resumed = end_wait(rights_request, Waiting(waited_for))
        append_rights_entry(rights_request, "unanswered", by, waited_for, **resumed)


def end_wait(rights_request: RightsRequest, came: Waiting, on: date | None = None) -> dict[str, Any]:
    """Let the clock go on if it waited for that; return what the entry says of it. `on`: the day it came, else now.

    Raises BadDayOfAnswer, NoCalendar.
    """
    if rights_request.waiting_since is None or rights_request.waiting_for != came:
        return {}
    now = clock.now()
    if on and not get_home_day(rights_request.waiting_since) <= on <= get_home_day(now):
        raise BadDayOfAnswer
    record_pause_end(rights_request, datetime.combine(on, time(0), get_home_zone()) if on else now, now)
    return {"due_at": format_ledger_moment(rights_request.answer_by), "waited_days": rights_request.waited_days}


def record_pause_end(rights_request: RightsRequest, until: datetime, now: datetime) -> None:
    """Record the days that it waited, whole ones: a part of a day is the company's own."""
    assert rights_request.waiting_since
    waited = rights_request.waited_days + max(0, (until - rights_request.waiting_since).days)
    regime, kind = Regime(rights_request.regime), get_request_kind(rights_request)
    terms = compute_terms(regime, kind, get_receipt_day(rights_request), home=settings.PORTAL_COUNTRY, waited=waited)
    longer = compute_longer_due(rights_request, waited) if rights_request.extended_to else None
    record_step(
        rights_request,
        PauseEnd,
        pause=rights_request.pause_set.latest("id"),
        ended_at=now,
        waited_days=waited,
        due_at=get_end_of_day(terms.answer.on, get_home_zone()),
        extended_to=get_end_of_day(longer.on, get_home_zone()) if longer else None,
        target_on=terms.target,
        clocks={"answer": describe_due(terms.answer)} | ({"extended": describe_due(longer)} if longer else {}),
    )


def record_late_when_due() -> int:
    """Record requests that were not answered by their day, answered since or not. Returns how many."""
    passed = Q(answer=None, answer_by__lt=clock.DatabaseNow()) | Q(answer__responded_at__gt=F("answer_by"))
    rows = RightsRequest.objects.filter(passed, waiting_since=None, misseddeadline=None)
    due = rows.exclude(answer__outcome=Outcome.WITHDRAWN).order_by("answer_by").values_list("pk", flat=True)
    return run_for_due(due, lambda rights_request: record_late_request(rights_request=rights_request, by=PORTAL))


@transaction.atomic
def record_late_request(*, rights_request: UUID, by: Actor) -> bool:
    """Record a late request; return True if it was late and that was not on record yet."""
    locked = lock_rights_request(rights_request)
    if not locked.is_late_at(clock.now()) or MissedDeadline.objects.filter(rights_request=locked).exists():
        return False
    MissedDeadline.record(rights_request=locked, due_at=locked.answer_by)
    append_rights_entry(locked, "late", by, due_at=format_ledger_moment(locked.answer_by))
    return True
