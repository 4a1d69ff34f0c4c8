"""Record a breach, assess it, settle what the authority is told, and close the case."""

from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

from django.db import transaction

from consents.breaches import rules, selectors
from consents.breaches.models import Assessment, AuthorityNotice, Breach, Closing
from consents.breaches.rules import NewAssessment, NewAuthorityNotice
from consents.breaches.selectors import BreachCase
from consents.catalogue.models import Category
from consents.core import clock
from consents.core.one_by_one import run_for_each
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.people.models import StaffMember
from consents.people.selectors import select_working
from consents.people.services.holding import OFFICERS, check_officer
from consents.people.two_officers.refusals import AlreadyProposed


@transaction.atomic
def record_breach(*, noticed_at: datetime, summary: str, officer: StaffMember, by: Actor) -> Breach:
    """Record a breach that was noticed, and write to the other officers: the clock of 72 hours runs.

    Raises NotAnOfficer, and of rules: NotNoticedYet, MissingWords.
    """
    check_officer(officer, OFFICERS)
    now = clock.now()
    rules.check_noticed_at(noticed_at, now)
    rules.check_words(summary)
    breach = Breach.objects.create(
        noticed_at=noticed_at, summary=summary.strip(), recorded_by=officer.user, recorded_at=now
    )
    append_breach_entry(breach.pk, "recorded", by, noticed_at=noticed_at.isoformat())
    notify_officers("breach_recorded", breach, officer)
    return breach


@transaction.atomic
def assess_breach(*, breach: UUID, new: NewAssessment, officer: StaffMember, by: Actor) -> Assessment:
    """Record what officers think of the breach now; the latest assessment counts.

    Raises NotAnOfficer, Unknown, and of rules: AlreadyClosed, NoSuchKind, MissingWords.
    """
    lock_open_case(breach, officer)
    rules.check_words(new.consequences, new.measures)
    known = Category.objects.filter(code__in=new.categories).count() == len(set(new.categories))
    if not known or not new.categories or not new.harms or not set(new.harms) <= set(rules.Harm.values):
        raise rules.NoSuchKind
    assessment = Assessment.objects.create(
        breach_id=breach,
        harms=sorted(new.harms),
        categories=sorted(new.categories),
        people=new.people,
        records=new.records,
        risk=new.risk,
        consequences=new.consequences.strip(),
        measures=new.measures.strip(),
        assessed_by=officer.user,
        assessed_at=clock.now(),
    )
    append_breach_entry(breach, "assessed", by, new.risk, people=new.people, categories=assessment.categories)
    return assessment


@transaction.atomic
def settle_authority(*, breach: UUID, new: NewAuthorityNotice, officer: StaffMember, by: Actor) -> AuthorityNotice:
    """Record that the authority was told, or why it need not be.

    Raises NotAnOfficer, Unknown, and of rules: AlreadyClosed, AuthorityMustKnow, MissingWords, ToldBeforeNoticed,
    WhyLate.
    """
    case, now = lock_open_case(breach, officer), clock.now()
    rules.check_authority_notice(new, case.breach.noticed_at, case.risk, now)
    notice = AuthorityNotice.objects.create(
        breach_id=breach,
        told_at=new.told_at,
        authority=new.authority.strip() if new.told_at else "",
        reference=new.reference.strip() if new.told_at else "",
        why=new.why.strip(),
        recorded_by=officer.user,
        recorded_at=now,
    )
    outcome = "told" if new.told_at else "not_told"
    moment = {"told_at": new.told_at.isoformat()} if new.told_at else {}
    append_breach_entry(breach, "authority_settled", by, outcome, **moment)
    return notice


@transaction.atomic
def close_breach(*, breach: UUID, why_not_told: str, lessons: str, officer: StaffMember, by: Actor) -> Closing:
    """Close the case once the authority and the people concerned know of it, or need not.

    Raises NotAnOfficer, Unknown, and of rules: AlreadyClosed, MissingWords, AlreadyProposed, NotAssessed,
    PeopleMustKnow, AuthorityNotSettled.
    """
    case = lock_open_case(breach, officer)
    rules.check_words(lessons)
    if case.has_open_announcement:
        raise AlreadyProposed(rules.ANNOUNCEMENT.already_proposed)
    rules.check_closing(why_not_told, risk=case.risk, are_told=case.are_people_told)
    if not case.is_authority_settled:
        raise rules.AuthorityNotSettled
    closing = Closing.objects.create(
        breach_id=breach,
        why_not_told="" if case.are_people_told else why_not_told,
        lessons=lessons.strip(),
        closed_by=officer.user,
        closed_at=clock.now(),
    )
    append_breach_entry(breach, "closed", by, closing.why_not_told)
    return closing


def lock_open_case(breach: UUID, officer: StaffMember) -> BreachCase:
    """Make other acts on this breach wait, and return its case. Raises NotAnOfficer, Unknown, AlreadyClosed."""
    check_officer(officer, OFFICERS)
    appending.lock_people(breach)
    case = selectors.get_case(breach)
    if case.closing:
        raise rules.AlreadyClosed
    return case


def append_breach_entry(breach: UUID, step: str, by: Actor, outcome: str = "", **details: object) -> None:
    appending.append_entry(
        event=f"breach.{step}", by=by, object_type="breach", object=breach, outcome=outcome, details=details
    )


def notify_officers(kind: str, breach: Breach, but: StaffMember, of: UUID | None = None) -> None:
    """Write to every officer, but to the one whose act it was."""
    for officer in select_working(*OFFICERS).exclude(pk=but.pk):
        notify_officer(officer, kind, breach, of)


def notify_officer(officer: StaffMember, kind: str, breach: Breach, of: UUID | None = None, **context: Any) -> None:
    key = f"{kind}:{of or breach.pk}:{officer.pk}"
    queueing.notify(kind=kind, key=key, user=officer.user, number=breach.number, **context)


def remind_of_authority() -> int:
    """Write once to every officer of each breach that the authority must hear of within a day, or should have heard of;
    return how many."""
    cases = selectors.list_cases_due(clock.now())
    run_for_each(product(cases, select_working(*OFFICERS)), remind_officer)
    return len(cases)


@transaction.atomic
def remind_officer(due: tuple[BreachCase, StaffMember]) -> None:
    breach = due[0].breach
    notify_officer(due[1], "breach_due", breach, answer_by=breach.authority_due.isoformat())
