"""Tell the people concerned: one officer writes what they will read, another agrees, a job carries it out."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from consents.breaches import rules, selectors
from consents.breaches.models import (
    Announcement,
    AnnouncementText,
    Assessment,
    AuthorityNotice,
    Breach,
    BreachNotice,
    Closing,
)
from consents.breaches.rules import NewAnnouncement, NewAssessment, NewAuthorityNotice, Scope
from consents.breaches.selectors import BreachCase
from consents.catalogue.models import Category
from consents.core import clock
from consents.core.refusals import get_or_refuse
from consents.core.working_ahead import run_for_each
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.people.models import Acting, Customer, StaffMember
from consents.people.selectors import find_real_customer, select_working
from consents.people.services import customer_records
from consents.people.services.holding import OFFICERS, check_officer, lock_existing_customer
from consents.people.two_officers.refusals import AlreadyProposed

PARTS = ("happened", "consequences", "measures", "contact")


@transaction.atomic
def propose_announcement(*, breach: UUID, new: NewAnnouncement, officer: StaffMember, by: Actor) -> Announcement:
    """Write what the people concerned will read, for another officer to decide. Nobody is told yet.

    Raises NotAnOfficer, Unknown, TooManyLookUps, and of rules: AlreadyClosed, NotAssessed, AlreadyProposed,
    MissingWords, NobodyListed, TooManyListed.
    """
    case = lock_open_case(breach, officer)
    if not case.risk:
        raise rules.NotAssessed
    if case.has_open_announcement:
        raise AlreadyProposed(rules.ANNOUNCEMENT.already_proposed)
    listed = find_listed_customers(new, by) if new.scope == Scope.LISTED else []
    announcement = Announcement.objects.create(
        breach_id=breach,
        scope=new.scope,
        listed=len(set(new.references)) if new.scope == Scope.LISTED else 0,
        proposed_by=officer.user,
        proposed_at=clock.now(),
    )
    # Write the words in each language that customers read. Raises MissingWords where one is left out.
    for language in settings.PORTAL_LANGUAGES:
        words = {part: new.texts.get(language, {}).get(part, "").strip() for part in PARTS}
        rules.check_words(*words.values())
        AnnouncementText.objects.create(announcement=announcement, language=language, **words)
    BreachNotice.objects.bulk_create(BreachNotice(announcement=announcement, customer_id=id) for id in listed)
    facts: dict[str, Any] = {"listed": announcement.listed, "concerned": len(listed)}
    append_breach_entry(breach, "announcement_proposed", by, new.scope, announcement=str(announcement.pk), **facts)
    notify_officers("breach_announcement", case.breach, officer, announcement.pk)
    return announcement


def find_listed_customers(new: NewAnnouncement, by: Actor) -> list[UUID]:
    """Find the customers of these numbers. Raises TooManyLookUps, TooManyListed, NobodyListed.

    A list without a customer is a look-up that found nobody: the page that shows this refusal puts it on record, since
    numbers could be tried out otherwise.
    """
    customer_records.check_look_ups_left(by)
    references = {reference.strip() for reference in new.references} - {""}
    if len(references) > rules.MOST_LISTED:
        raise rules.TooManyListed
    known = Customer.objects.filter(reference__in=references, erased_at=None).order_by("pk")
    listed = list(known.values_list("pk", flat=True))
    if not listed:
        raise rules.NobodyListed
    return listed


@transaction.atomic
def decide_announcement(*, announcement: UUID, is_agreed: bool, officer: StaffMember, by: Actor) -> Announcement:
    """Decide, as another officer than its writer, whether customers are told in these words. Repeating it changes
    nothing.

    Raises NotAnOfficer, Unknown, AlreadyDecided, NeedsSecondOfficer, and of rules: AlreadyClosed.
    """
    check_officer(officer, OFFICERS)
    proposed = get_or_refuse(Announcement.objects.filter(pk=announcement))
    lock_open_case(proposed.breach_id, officer)
    locked = Announcement.objects.select_for_update().get(pk=announcement)
    if locked.decided_by_id == officer.pk and locked.is_agreed == is_agreed:
        return locked
    rules.ANNOUNCEMENT.check_may_decide(locked.proposed_by_id, officer.pk, is_open=locked.decided_at is None)
    locked.is_agreed, locked.decided_by, locked.decided_at = is_agreed, officer.user, clock.now()
    locked.save(update_fields=["is_agreed", "decided_by", "decided_at"])
    outcome = "agreed" if is_agreed else "refused"
    append_breach_entry(locked.breach_id, "announcement_decided", by, outcome, announcement=str(locked.pk))
    return locked


def carry_out_announcements(*, most: int = 5_000) -> int:
    """Tell up to so many customers of what was agreed; one transaction each, so that a stop loses none."""
    waiting = Announcement.objects.filter(is_agreed=True, done_at=None).order_by("proposed_at", "pk")
    return run_for_each(list(waiting), lambda announcement: carry_out(announcement, most))


def carry_out(announcement: Announcement, most: int) -> int:
    if announcement.scope == Scope.EVERYBODY:
        add_customers_to_notify(announcement=announcement.pk, most=most, by=PORTAL)
    waiting = selectors.select_waiting_notices(announcement.pk).values_list("pk", flat=True)[:most]
    number = run_for_each(list(waiting), lambda notice: notify_customer_of_breach(notice=notice, by=PORTAL))
    finish_announcement(announcement=announcement.pk, by=PORTAL)
    return number


@transaction.atomic
def add_customers_to_notify(*, announcement: UUID, most: int, by: Actor) -> int:
    """Add the next customers whom an announcement to everybody must reach; return how many."""
    locked = Announcement.objects.select_for_update().get(pk=announcement)
    customers = selectors.select_unlisted_customers(locked).values_list("pk", flat=True)[:most]
    listed = BreachNotice.objects.bulk_create(
        BreachNotice(announcement=locked, customer_id=customer) for customer in customers
    )
    if listed:
        number = len(listed)
        append_breach_entry(locked.breach_id, "customers_listed", by, announcement=str(locked.pk), listed=number)
    return len(listed)


@transaction.atomic
def notify_customer_of_breach(*, notice: UUID, by: Actor) -> bool:
    """Put the notice on the customer's page and queue the email in their language.

    Return False if that was done, or the customer has been erased meanwhile.
    """
    customer_id = BreachNotice.objects.values_list("customer_id", flat=True).get(pk=notice)
    appending.lock_people(customer_id)
    notices = BreachNotice.objects.select_for_update(of=("self",)).select_related("announcement__breach", "customer")
    locked = notices.get(pk=notice)
    if locked.told_at or locked.customer.erased_at:
        return False
    locked.told_at = clock.now()
    locked.save(update_fields=["told_at"])
    append_notice_entry(locked, "told", by)
    if customer := find_real_customer(customer_id):
        words: dict[str, Any] = collect_words(list(locked.announcement.texts.all()))
        queueing.notify(
            kind="breach_told",
            key=f"breach_told:{locked.pk}",
            customer=customer,
            number=locked.announcement.breach.number,
            **words,
        )
    return True


def collect_words(texts: Sequence[AnnouncementText]) -> dict[str, dict[str, str]]:
    """Collect each part of the words in every language."""
    return {part: {text.language: getattr(text, part) for text in texts} for part in PARTS}


@transaction.atomic
def finish_announcement(*, announcement: UUID, by: Actor) -> bool:
    """Record that everybody concerned has been told; False while somebody waits, or when it is recorded already."""
    locked = Announcement.objects.select_for_update().get(pk=announcement)
    is_waiting = selectors.select_waiting_notices(announcement).exists()
    if locked.scope == Scope.EVERYBODY:
        is_waiting = is_waiting or selectors.select_unlisted_customers(locked).exists()
    if locked.done_at or is_waiting:
        return False
    locked.done_at = clock.now()
    locked.save(update_fields=["done_at"])
    number = BreachNotice.objects.filter(announcement=locked, told_at__isnull=False).count()
    append_breach_entry(locked.breach_id, "announcement_done", by, announcement=str(locked.pk), told=number)
    return True


@transaction.atomic
def confirm_reading(*, notice: UUID, acting: Acting, by: Actor) -> BreachNotice:
    """Record that the customer has read the notice, which leaves their first page. Repeating it changes nothing.

    Raises Unknown, AlreadyErased.
    """
    lock_existing_customer(acting.customer_id)
    theirs = BreachNotice.objects.filter(customer=acting.customer_id, told_at__isnull=False)
    locked = get_or_refuse(theirs.select_for_update(of=("self",)).select_related("announcement").filter(pk=notice))
    if locked.read_at is None:
        locked.read_at = clock.now()
        locked.save(update_fields=["read_at"])
        append_notice_entry(locked, "read", by)
    return locked


def append_notice_entry(notice: BreachNotice, step: str, by: Actor) -> None:
    appending.append_entry(
        event=f"breach.{step}",
        by=by,
        customer=notice.customer_id,
        object_type="breach_notice",
        object=notice.pk,
        details={"breach": str(notice.announcement.breach_id)},
    )


# Record a breach, assess it, settle what the authority is told, and close the case.


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
