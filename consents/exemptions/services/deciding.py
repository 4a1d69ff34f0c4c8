"""A privacy officer decides an exemption, or checks one that an emergency opened at once."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.access import selectors as access
from consents.access.models import Grant
from consents.access.rules.causes import EndCause, build_cause_details
from consents.access.services.asking import check_not_blocked
from consents.access.services.ending import notify_requester_of_end, record_grant_end
from consents.catalogue.services.versions import lock_purpose_of_version
from consents.core import clock
from consents.core.refusals import Refusal, Unknown, get_or_refuse
from consents.core.working_ahead import MOST_DUE, run_for_due, run_for_each
from consents.exemptions import rules, selectors
from consents.exemptions.models import Exemption, Kind
from consents.exemptions.rules import ExemptionState, NewDelay
from consents.exemptions.services import telling
from consents.exemptions.services.filing import append_state_entry, issue_grants
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember
from consents.people.services.holding import check_not_own_matter
from consents.people.two_officers.refusals import AlreadyDecided


class NothingToGrant(Refusal):
    sentence = _(
        "This can no longer be granted: the requester has left or does other work now, the purpose has ended, or the"
        " customer’s data was erased. The exemption ends by itself within a few minutes."
    )


@transaction.atomic
def decide_exemption(
    *,
    exemption: UUID,
    is_granted: bool,
    words: str,
    officer: StaffMember,
    delay: NewDelay | None = None,
    by: Actor,
) -> Exemption:
    """Grant or refuse; for one that is open already, confirm it or end it. `words`: why. `delay`: of telling.

    Repeating one's own decision changes nothing. Raises Unknown, NothingToGrant, BlockedByCustomer, AlreadyOpen,
    OwnMatter, AlreadyDecided, NeedsSecondOfficer, and of rules: NotPrivacyOfficer, DelayNotAllowed, DelayTooLong.
    """
    lock_requester_and_purpose(exemption, officer)
    locked = selectors.lock_exemption(exemption)
    state = ExemptionState.GRANTED if is_granted else ExemptionState.REFUSED
    if (locked.state, locked.decided_by_id) == (state, officer.pk):
        return locked
    check_may_decide(locked, officer)
    now, was_open = clock.now(), locked.state == ExemptionState.OPENED
    rules.check_can_move(ExemptionState(locked.state), state)
    if was_open and locked.check_by and now >= locked.check_by:
        raise AlreadyDecided(rules.EXEMPTION.already_decided)
    if is_granted and not was_open:
        check_may_be_granted(locked)
    record_decision(locked, state, words, officer, now)
    if is_granted and delay:
        telling.record_delay(locked, delay, officer, now)
    locked.told_at = locked.told_at or (now if is_granted and not delay else None)
    locked.save(update_fields=["state", "decided_by", "decided_at", "decision_words", "told_at"])
    take_effect(locked, was_open, by)
    return locked


def lock_requester_and_purpose(exemption: UUID, officer: StaffMember) -> None:
    """Lock the officer, and make the end of the requester's membership or of the purpose wait, or wait for it: a grant
    comes before, and ends, or not at all.
    """
    requester, version = get_or_refuse(Exemption.objects.filter(pk=exemption).values_list("staff", "version"))
    appending.lock_people(*{officer.pk, requester})
    lock_purpose_of_version(version)


def check_may_be_granted(exemption: Exemption) -> None:
    """Check what may have changed since it was filed. Raises NothingToGrant, BlockedByCustomer."""
    if selectors.find_void_cause(exemption):
        raise NothingToGrant
    if exemption.kind == Kind.SAFETY:
        check_not_blocked(customer=exemption.customer_id, member=exemption.staff.staff_member)


def check_may_decide(exemption: Exemption, officer: StaffMember) -> None:
    """Read the role again: whoever lost it since the page was opened decides nothing."""
    if not StaffMember.objects.filter(pk=officer.pk, role=Role.PRIVACY_OFFICER, ended_at=None).exists():
        raise rules.NotPrivacyOfficer
    rules.EXEMPTION.check_may_decide(exemption.staff_id, officer.pk)
    check_not_own_matter(officer.pk, exemption.customer_id)


def record_decision(
    exemption: Exemption, state: ExemptionState, words: str, officer: StaffMember, now: datetime
) -> None:
    exemption.state, exemption.decided_by, exemption.decided_at = state, officer.user, now
    exemption.decision_words = words.strip()


def take_effect(exemption: Exemption, was_open: bool, by: Actor) -> None:
    """Issue or end what the decision opens or closes; tell requester and customer."""
    assert exemption.decided_at is not None
    if exemption.state == ExemptionState.REFUSED:
        append_state_entry(exemption, "exemption.refused", by)
        if was_open:
            end_grants(exemption, EndCause.NOT_CONFIRMED, exemption.decided_at, by)
            telling.notify_customer_of_doubt(exemption)
    elif was_open:
        append_state_entry(exemption, "exemption.confirmed", by)
    else:
        issue_grants(exemption, exemption.decided_at)
        delay = selectors.get_last_delay(exemption)
        withheld = {"restricted_until": delay.until.isoformat()} if delay else {}
        append_state_entry(exemption, "exemption.granted", by, **withheld)
        if delay is None:
            telling.notify_customer(exemption)
    telling.notify_requester(exemption)


@transaction.atomic
def cancel_exemption(*, exemption: UUID, member: StaffMember, by: Actor) -> Exemption:
    """Take back one's own exemption before it is decided. Raises Unknown (not yours), AlreadyDecided."""
    locked = selectors.lock_exemption(exemption)
    if locked.staff_id != member.pk:
        raise Unknown
    if locked.state == ExemptionState.CANCELLED:
        return locked
    rules.check_can_move(ExemptionState(locked.state), ExemptionState.CANCELLED)
    locked.state, locked.decided_at = ExemptionState.CANCELLED, clock.now()
    locked.save(update_fields=["state", "decided_at"])
    append_state_entry(locked, "exemption.cancelled", by, **build_cause_details(EndCause.TAKEN_BACK))
    return locked


def end_void_exemptions() -> int:
    """End what waits for a decision and can no longer be granted. Returns how many."""
    void = selectors.select_void_exemptions().order_by("filed_at", "pk").values_list("pk", flat=True)
    return run_for_due(void, lambda exemption: end_void_exemption(exemption=exemption, by=PORTAL))


@transaction.atomic
def end_void_exemption(*, exemption: UUID, by: Actor) -> bool:
    locked = selectors.lock_exemption(exemption)
    cause = selectors.find_void_cause(locked)
    if cause is None:
        return False
    locked.state, locked.decided_at = ExemptionState.CANCELLED, clock.now()
    locked.save(update_fields=["state", "decided_at"])
    append_state_entry(locked, "exemption.cancelled", by, **build_cause_details(cause))
    if cause != EndCause.STAFF_ENDED:  # their email about it tells of everything at once
        telling.notify_requester(locked)
    return True


def record_missed_checks() -> int:
    """Record emergencies that no second officer checked in time. Returns how many."""
    due = selectors.select_unchecked_due(clock.now()).order_by("check_by", "pk").values_list("pk", flat=True)
    return run_for_due(due, lambda exemption: record_missed_check(exemption=exemption, by=PORTAL))


@transaction.atomic
def record_missed_check(*, exemption: UUID, by: Actor) -> bool:
    locked, now = selectors.lock_exemption(exemption), clock.now()
    if locked.state != ExemptionState.OPENED or not locked.check_by or now < locked.check_by:
        return False
    locked.state, locked.decided_at = ExemptionState.UNCHECKED, now
    locked.save(update_fields=["state", "decided_at"])
    append_state_entry(locked, "exemption.unchecked", by)
    end_grants(locked, EndCause.UNCHECKED, now, by)
    telling.notify_requester(locked)
    telling.notify_officers(locked)
    telling.notify_customer_of_doubt(locked)
    return True


@transaction.atomic
def end_exempted_access(*, exemption: UUID, member: StaffMember, by: Actor) -> Exemption:
    """End the running access, by whoever has it or by a privacy officer. Repeating it changes nothing.

    Raises Unknown, NotPrivacyOfficer.
    """
    appending.lock_people(member.pk)
    locked = selectors.lock_exemption(exemption)
    officer = StaffMember.objects.filter(pk=member.pk, role=Role.PRIVACY_OFFICER, ended_at=None)
    if locked.staff_id != member.pk and not officer.exists():
        raise rules.NotPrivacyOfficer
    end_grants(locked, EndCause.COMPANY, clock.now(), by)
    return locked


def end_grants(
    exemption: Exemption, cause: EndCause, now: datetime, by: Actor, kinds: Collection[str] | None = None
) -> None:
    """End the running grants of one exemption (`kinds`: only those of these categories), with one entry."""
    live = access.select_live_grants(now).filter(exemption=exemption.pk)
    if kinds is not None:
        live = live.filter(category__code__in=kinds)
    grants = list(live.select_for_update(of=["self"]))
    if grants:
        record_grant_end(grants, exemption.purpose, cause, now, by)
        notify_of_unasked_end(exemption, cause, by)


def notify_of_unasked_end(exemption: Exemption, cause: EndCause, by: Actor) -> None:
    """Email whoever had the access that it is over; not who ended it themselves, nor with the news of a decision."""
    if by.id != str(exemption.staff_id) and cause not in (EndCause.NOT_CONFIRMED, EndCause.UNCHECKED):
        notify_requester_of_end(
            "access_ended", f"access.ended:{exemption.pk}", exemption.staff, cause, is_unasked="yes"
        )


def end_due_exempted_grants() -> int:
    """Record exempted grants whose time is over. Returns how many exemptions they belong to."""
    due = Grant.objects.filter(ended_at=None, ends_at__lte=clock.DatabaseNow(), exemption__isnull=False)
    ids = due.order_by("exemption").values_list("exemption", flat=True).distinct()[:MOST_DUE]
    return run_for_each(
        [id for id in ids if id], lambda exemption: end_exempted_by_time(exemption=exemption, by=PORTAL)
    )


@transaction.atomic
def end_exempted_by_time(*, exemption: UUID, by: Actor) -> bool:
    locked = selectors.lock_exemption(exemption)
    due = selectors.select_grants(exemption).filter(ended_at=None, ends_at__lte=clock.DatabaseNow())
    grants = list(due.select_for_update())
    if not grants:
        return False
    record_grant_end(grants, locked.purpose, EndCause.TIME, grants[0].ends_at, by)
    return True


@transaction.atomic
def restore_exempted_end(*, exemption: UUID, cause: EndCause, by: Actor) -> None:
    """End again, after a restore, what had ended since the backup. Does nothing for one the backup does not have."""
    with suppress(Unknown):
        end_grants(selectors.lock_exemption(exemption), cause, clock.now(), by)
