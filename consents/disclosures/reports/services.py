"""File a report of a look, let the member who looked answer it, and decide it."""

from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock, sealing
from consents.core.refusals import Unknown, get_or_refuse
from consents.disclosures.models import LookReport, Opening
from consents.disclosures.reports import selectors
from consents.disclosures.reports.rules import (
    ANSWER_TIME,
    AlreadyGiven,
    Concern,
    Finding,
    NotAboutOwnDecision,
    NotAboutOwnLook,
)
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.notifications.services.queueing import confirm_act
from consents.people import keys
from consents.people.models import Acting, StaffMember
from consents.people.services.holding import OFFICERS, check_not_own_matter, check_officer, lock_existing_customer
from consents.people.two_officers.refusals import AlreadyDecided

FILED = _("A look at your data was reported to us. “Who looked” shows the report, its number and our answer.")


@transaction.atomic
def file_look_report(*, opening: UUID, concern: Concern, words: str, acting: Acting, by: Actor) -> LookReport:
    """File the report of one look by staff, and ask the member who looked. Repeating it returns the first.

    Raises Unknown (no look of staff at this customer's data), AlreadyErased.
    """
    lock_existing_customer(acting.customer_id)
    looks = Opening.objects.filter(customer=acting.customer_id, kind=Opening.Kind.GRANT).select_related("staff")
    look = get_or_refuse(looks.filter(pk=opening))
    if same := LookReport.objects.filter(opening=look).first():
        return same
    report = LookReport(id=uuid4(), opening=look, concern=concern, reported_by_id=acting.user_id)
    report.customer_id, report.due_at = acting.customer_id, clock.now() + ANSWER_TIME
    report.sealed_words = seal_words(report, "words", words)
    report.save(force_insert=True)
    append_report_entry(report, "filed", by, concern)
    queueing.notify(kind="look_reported", key=f"look_report.filed:{report.pk}", user=look.staff, number=report.number)
    confirm_act(customer=acting.customer_id, act=FILED, key=f"look_report.confirmed:{report.pk}", actor=by)
    return report


@transaction.atomic
def answer_look_report(*, report: UUID, words: str, member: StaffMember, by: Actor) -> LookReport:
    """Record the answer of the member who looked, once.

    Raises Unknown (not their look), AlreadyDecided, AlreadyGiven.
    """
    locked = lock_report(report)
    if locked.opening.staff_id != member.pk:
        raise Unknown
    check_is_open(locked)
    if locked.answered_at:
        raise AlreadyGiven
    locked.sealed_answer, locked.answered_at = seal_words(locked, "answer", words), clock.now()
    locked.save(update_fields=["sealed_answer", "answered_at"])
    append_report_entry(locked, "answered", by)
    return locked


@transaction.atomic
def read_look_report(*, report: UUID, officer: StaffMember, by: Actor) -> dict[str, str]:
    """Return what each side wrote, as `selectors.open_words` does; the entry stands before it is opened.

    Raises NotAnOfficer, Unknown, NotAboutOwnLook, OwnMatter, AlreadyErased.
    """
    check_officer(officer, OFFICERS)
    locked = lock_report(report)
    if locked.opening.staff_id == officer.pk:
        raise NotAboutOwnLook
    check_not_own_matter(officer.pk, locked.customer_id)
    append_report_entry(locked, "words_read", by)
    return selectors.open_words(locked)


@transaction.atomic
def decide_look_report(*, report: UUID, finding: Finding, words: str, officer: StaffMember, by: Actor) -> LookReport:
    """Decide a report, once, and tell the customer and the member who looked that it was.

    Raises NotAnOfficer, Unknown, NotAboutOwnLook, NotAboutOwnDecision, OwnMatter, AlreadyDecided.
    """
    check_officer(officer, OFFICERS)
    locked = lock_report(report)
    if locked.opening.staff_id == officer.pk:
        raise NotAboutOwnLook
    if selectors.allowed_look(officer.pk, locked):
        raise NotAboutOwnDecision
    check_not_own_matter(officer.pk, locked.customer_id)
    check_is_open(locked)
    locked.finding, locked.sealed_finding = finding, seal_words(locked, "finding", words)
    locked.decided_by, locked.decided_at = officer.user, clock.now()
    locked.save(update_fields=["finding", "sealed_finding", "decided_by", "decided_at"])
    append_report_entry(locked, "decided", by, finding)
    key = f"look_report.decided:{locked.pk}"
    queueing.notify(kind="look_report_decided", key=key, customer=locked.customer, number=locked.number)
    key = f"look_report.settled:{locked.pk}"
    queueing.notify(kind="look_report_settled", key=key, user=locked.opening.staff, number=locked.number)
    return locked


def lock_report(report: UUID) -> LookReport:
    """Lock the customer, then the report. Raises Unknown, AlreadyErased."""
    customer = get_or_refuse(LookReport.objects.filter(pk=report).values_list("customer_id", flat=True))
    lock_existing_customer(customer)
    return LookReport.objects.select_for_update(of=("self",)).select_related("opening__staff").get(pk=report)


def check_is_open(report: LookReport) -> None:
    if report.decided_at:
        raise AlreadyDecided(_("This report has already been decided. Nothing was changed."))


def seal_words(report: LookReport, part: str, words: str) -> bytes | None:
    """Seal words under the customer's key; None for none."""
    key, text = keys.open_customer_key(report.customer_id), words.strip()
    return sealing.seal_value(key, text.encode(), str(report.pk), part) if text else None


def append_report_entry(report: LookReport, step: str, by: Actor, outcome: str = "") -> None:
    appending.append_entry(
        event=f"look_report.{step}",
        by=by,
        customer=report.customer_id,
        object_type="look_report",
        object=report.pk,
        outcome=outcome,
        details={"opening": str(report.opening_id)},
    )
