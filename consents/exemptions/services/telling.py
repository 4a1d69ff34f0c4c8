"""Tell those concerned of an exemption; delay telling the customer where a law demands it, never without an end."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.core.refusals import Unknown
from consents.core.working_ahead import run_for_due
from consents.exemptions import rules, selectors
from consents.exemptions.models import Delay, Exemption, Kind
from consents.exemptions.rules import ExemptionState, NewDelay
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.people.models import Acting, Role, StaffMember
from consents.people.selectors import select_working
from consents.people.services.holding import OFFICERS


def notify_officers(exemption: Exemption) -> None:
    """Write to every privacy officer but the requester, and who acts for the customer: one has to decide, or nobody
    checked in time.
    """
    acting = Acting.objects.filter(customer=exemption.customer_id, ends_at=None).values("user")
    officers = select_working(Role.PRIVACY_OFFICER).exclude(pk__in=acting)
    kind = "exemption_unchecked" if exemption.state == ExemptionState.UNCHECKED else "exemption_filed"
    for officer in officers.exclude(pk=exemption.staff_id):
        queueing.notify(kind=kind, key=f"{kind}:{exemption.pk}:{officer.pk}", user=officer.user)


def notify_requester(exemption: Exemption) -> None:
    queueing.notify(kind="exemption_decided", key=f"exemption_decided:{exemption.pk}", user=exemption.staff)


def notify_customer(exemption: Exemption) -> None:
    """Write to the customer who may look, and that it was without their answer. The page says the rest."""
    queueing.notify(
        kind="exemption_opened",
        key=f"exemption_opened:{exemption.pk}",
        customer=exemption.customer,
        team=exemption.asked_team,
    )


def notify_customer_of_doubt(exemption: Exemption) -> None:
    """Write to the customer that no second person has confirmed the emergency in which their data was opened."""
    if exemption.customer.erased_at is None:
        queueing.notify(
            kind="exemption_unconfirmed",
            key=f"exemption_unconfirmed:{exemption.pk}",
            customer=exemption.customer,
            team=exemption.asked_team,
            state=exemption.state,
        )


def record_delay(exemption: Exemption, new: NewDelay, officer: StaffMember, now: datetime) -> Delay:
    rules.check_delay(new, is_legal_duty=exemption.kind == Kind.LEGAL_DUTY, now=now)
    return Delay.objects.create(
        exemption=exemption,
        law=new.law.strip(),
        authority=new.authority.strip(),
        reason=new.reason.strip(),
        until=new.until,
        decided_by=officer.user,
        decided_at=now,
    )


@transaction.atomic
def renew_delay(*, exemption: UUID, delay: NewDelay, officer: StaffMember, by: Actor) -> Delay:
    """Delay telling the customer once more, before the running delay ends.

    Raises Unknown, and of rules: NotPrivacyOfficer; NeedsSecondOfficer (who decided the delay before),
    AlreadyTold, DelayNotAllowed, DelayTooLong.
    """
    appending.lock_people(officer.pk)
    locked, now = selectors.lock_exemption(exemption), clock.now()
    last = selectors.get_last_delay(locked)
    if last is None:
        raise Unknown
    if last.decided_by_id == officer.pk and last.until == delay.until:
        return last
    if not StaffMember.objects.filter(pk=officer.pk, role__in=OFFICERS, ended_at=None).exists():
        raise rules.NotPrivacyOfficer
    rules.EXEMPTION.check_may_decide(locked.staff_id, officer.pk)
    rules.DELAY.check_may_decide(last.decided_by_id, officer.pk)
    if locked.told_at or last.until <= now:
        raise rules.AlreadyTold
    renewed = record_delay(locked, delay, officer, now)
    append_exemption_entry(locked, "exemption.delay_renewed", by, restricted_until=renewed.until.isoformat())
    return renewed


@transaction.atomic
def release_notice(*, exemption: UUID, officer: StaffMember, by: Actor) -> Exemption:
    """Tell the customer before the delay ends, because its reason has. Repeating it changes nothing.

    Raises Unknown, NotPrivacyOfficer.
    """
    appending.lock_people(officer.pk)
    locked = selectors.lock_exemption(exemption)
    if selectors.get_last_delay(locked) is None:
        raise Unknown
    if not StaffMember.objects.filter(pk=officer.pk, role__in=OFFICERS, ended_at=None).exists():
        raise rules.NotPrivacyOfficer
    disclose_exemption(locked, by)
    return locked


def disclose_exemption(exemption: Exemption, by: Actor) -> None:
    if exemption.told_at is None:
        exemption.told_at = clock.now()
        exemption.save(update_fields=["told_at"])
        append_exemption_entry(exemption, "exemption.told", by)
        notify_customer(exemption)


def append_exemption_entry(exemption: Exemption, event: str, by: Actor, **details: object) -> None:
    appending.append_entry(
        event=event,
        by=by,
        customer=exemption.customer_id,
        object_type="exemption",
        object=exemption.pk,
        purpose=exemption.purpose.code,
        outcome=exemption.state,
        details={"kind": str(exemption.kind)} | details,
    )


def release_due_notices() -> int:
    """Tell customers whose delays have ended; their pages show it from that moment on anyway. Returns how many."""
    withheld = selectors.select_withheld_exemptions().values("pk")
    due = Exemption.objects.filter(told_at=None, delays__isnull=False).exclude(pk__in=withheld)
    ids = due.order_by("pk").values_list("pk", flat=True).distinct()
    return run_for_due(ids, lambda exemption: release_due_notice(exemption=exemption, by=PORTAL))


@transaction.atomic
def release_due_notice(*, exemption: UUID, by: Actor) -> bool:
    locked = selectors.lock_exemption(exemption)
    if locked.told_at or selectors.select_withheld_exemptions().filter(pk=exemption).exists():
        return False
    disclose_exemption(locked, by)
    return True
