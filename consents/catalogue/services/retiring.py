"""Take a purpose out of use, which takes two officers: one proposes it, another confirms it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose, Retirement
from consents.catalogue.services.purposes import PurposeRetired, lock_purpose
from consents.catalogue.signals import purpose_retired
from consents.core import clock
from consents.core.refusals import Refusal, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember
from consents.people.services.holding import check_officer

PROPOSERS = {Role.PRIVACY_OFFICER}


class RetirementWaits(Refusal):
    sentence = _("The end of this purpose is already waiting for a second officer.")


class OwnRetirement(Refusal):
    sentence = _("You asked for the end of this purpose, so another privacy officer must check it and confirm it.")


class RetirementDecided(Refusal):
    sentence = _("This is no longer waiting for a second officer.")


class ProposerLeft(Refusal):
    sentence = _("Whoever asked for this is no longer a privacy officer. Refuse it, and ask for it yourself.")


@transaction.atomic
def propose_retirement(*, purpose: Purpose, officer: StaffMember, by: Actor) -> Retirement:
    """Ask a second officer to end a purpose; until then nothing changes. Repeating it changes nothing.

    Raises NotAnOfficer, PurposeRetired, RetirementWaits.
    """
    appending.lock_people(officer.pk)
    purpose = lock_purpose(purpose.pk)
    check_officer(StaffMember.objects.get(pk=officer.pk), PROPOSERS)
    if purpose.retired_at:
        raise PurposeRetired
    if waiting := purpose.retirements.filter(confirmed_at=None, cancelled_at=None).first():
        if waiting.proposed_by_id == officer.pk:
            return waiting
        raise RetirementWaits
    retirement = Retirement(purpose=purpose, proposed_by=officer.user)
    retirement.save(force_insert=True)
    append_purpose_entry("retirement.proposed", retirement, by, {"officer": str(officer.pk)})
    return retirement


@transaction.atomic
def confirm_retirement(*, retirement: Retirement, officer: StaffMember, by: Actor) -> Purpose:
    """End a purpose as the second officer: its consents, grants and pending requests end with it. Repeating it changes
    nothing.

    Raises NotAnOfficer, Unknown, OwnRetirement, RetirementDecided, PurposeRetired, ProposerLeft.
    """
    decided = lock_retirement(retirement, officer)
    if decided.confirmed_by_id == officer.pk:
        return decided.purpose
    check_may_confirm(decided, officer)
    decided.confirmed_by, decided.confirmed_at = officer.user, clock.now()
    decided.save(update_fields=["confirmed_by", "confirmed_at"])
    end_purpose(decided.purpose, decided.confirmed_at, by)
    officers = {"proposed_by": str(decided.proposed_by_id), "confirmed_by": str(officer.pk)}
    append_purpose_entry("purpose.retired", decided, by, officers)
    return decided.purpose


@transaction.atomic
def cancel_retirement(*, retirement: Retirement, officer: StaffMember, by: Actor) -> Retirement:
    """Take one's own proposal back, or refuse a colleague's: the purpose stays in use. Repeating it changes nothing.

    Raises NotAnOfficer, Unknown, RetirementDecided.
    """
    decided = lock_retirement(retirement, officer)
    if decided.cancelled_by_id == officer.pk:
        return decided
    if decided.confirmed_at or decided.cancelled_at:
        raise RetirementDecided
    decided.cancelled_by, decided.cancelled_at = officer.user, clock.now()
    decided.save(update_fields=["cancelled_by", "cancelled_at"])
    append_purpose_entry("retirement.cancelled", decided, by, {"officer": str(officer.pk)})
    return decided


@transaction.atomic
def retire_purpose_again(*, purpose: Purpose, by: Actor) -> None:
    """Retire, after a restore, a purpose that two officers had ended since the backup; it names neither of them.

    The database allows it only until a restoration is opened.
    """
    purpose = lock_purpose(purpose.pk)
    if purpose.retired_at:
        return
    end_purpose(purpose, clock.now(), by)
    appending.append_entry(
        event="purpose.retired", by=by, object_type="purpose", object=purpose.pk, purpose=purpose.code
    )


def end_purpose(purpose: Purpose, at: datetime, by: Actor) -> None:
    purpose.retired_at = at
    purpose.save(update_fields=["retired_at"])
    purpose_retired.send(sender=Purpose, purpose=purpose, by=by)


def check_may_confirm(retirement: Retirement, officer: StaffMember) -> None:
    """Raises OwnRetirement, RetirementDecided, PurposeRetired, ProposerLeft."""
    if retirement.confirmed_at or retirement.cancelled_at:
        raise RetirementDecided
    if retirement.proposed_by_id == officer.pk:
        raise OwnRetirement
    if retirement.purpose.retired_at:
        raise PurposeRetired
    proposers = StaffMember.objects.filter(pk=retirement.proposed_by_id, role__in=PROPOSERS, ended_at=None)
    if not proposers.exists():
        raise ProposerLeft


def lock_retirement(retirement: Retirement, officer: StaffMember) -> Retirement:
    """Lock officer, purpose and proposal. Raises NotAnOfficer, Unknown."""
    appending.lock_people(officer.pk)
    purpose = get_or_refuse(Purpose.objects.select_for_update(no_key=True).filter(retirements=retirement.pk))
    check_officer(StaffMember.objects.get(pk=officer.pk), PROPOSERS)
    locked = Retirement.objects.select_for_update(no_key=True).get(pk=retirement.pk)
    locked.purpose = purpose
    return locked


def append_purpose_entry(event: str, retirement: Retirement, by: Actor, officers: dict[str, Any]) -> None:
    appending.append_entry(
        event=event,
        by=by,
        object_type="purpose",
        object=retirement.purpose_id,
        purpose=retirement.purpose.code,
        details={"retirement": str(retirement.pk), **officers},
    )
