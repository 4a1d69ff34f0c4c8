"""Take a purpose out of use, which takes two officers: one proposes it, another decides."""

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
from consents.people.services.holding import NotAnOfficer, check_officer
from consents.people.two_officers.matters import ProposedMatter

RETIREMENT = ProposedMatter(
    model=Retirement,
    officers={Role.PRIVACY_OFFICER},
    already_proposed=_("The end of this purpose is already waiting for a second officer."),
    needs_second_officer=_(
        "You asked for the end of this purpose, so another privacy officer must check it and confirm it."
    ),
    already_decided=_("This is no longer waiting for a second officer."),
)


class ProposerLeft(Refusal):
    sentence = _("Whoever asked for this is no longer a privacy officer. Refuse it, and ask for it yourself.")


@transaction.atomic
def propose_retirement(*, purpose: Purpose, officer: StaffMember, by: Actor) -> Retirement:
    """Ask a second officer to end a purpose; until then nothing changes. Repeating it changes nothing.

    Raises NotAnOfficer, PurposeRetired, AlreadyProposed.
    """
    appending.lock_people(officer.pk)
    purpose = lock_purpose(purpose.pk)
    check_officer(StaffMember.objects.get(pk=officer.pk), RETIREMENT.officers)
    if purpose.retired_at:
        raise PurposeRetired
    if own := RETIREMENT.select_open(purpose=purpose, proposed_by=officer.pk).first():
        return own
    RETIREMENT.check_not_proposed(purpose=purpose)
    retirement = Retirement(purpose=purpose, proposed_by=officer.user)
    retirement.save(force_insert=True)
    append_purpose_entry("retirement.proposed", retirement, by, {"officer": str(officer.pk)})
    return retirement


@transaction.atomic
def decide_retirement(*, retirement: Retirement, is_approved: bool, officer: StaffMember, by: Actor) -> Retirement:
    """End a purpose as the second officer: its consents, grants and pending requests end with it. Or keep it in use:
    take one's own proposal back, or reject a colleague's. Repeating a decision changes nothing.

    Raises NotAnOfficer, Unknown, AlreadyDecided, NeedsSecondOfficer, PurposeRetired, ProposerLeft.
    """
    locked = lock_retirement(retirement, officer)
    if not RETIREMENT.decide(locked, is_approved=is_approved, officer=officer, check=check_may_end):
        return locked
    if locked.approved_at:
        end_purpose(locked.purpose, locked.approved_at, by)
        officers = {"proposed_by": str(locked.proposed_by_id), "confirmed_by": str(officer.pk)}
        append_purpose_entry("purpose.retired", locked, by, officers)
    else:
        append_purpose_entry("retirement.cancelled", locked, by, {"officer": str(officer.pk)})
    return locked


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


def check_may_end(retirement: Retirement) -> None:
    """Raises PurposeRetired, ProposerLeft."""
    if retirement.purpose.retired_at:
        raise PurposeRetired
    try:
        RETIREMENT.check_still_officer(retirement)
    except NotAnOfficer:
        raise ProposerLeft from None


def lock_retirement(retirement: Retirement, officer: StaffMember) -> Retirement:
    """Lock officer, purpose and proposal. Raises NotAnOfficer, Unknown."""
    appending.lock_people(officer.pk)
    purpose = get_or_refuse(Purpose.objects.select_for_update(no_key=True).filter(retirements=retirement.pk))
    check_officer(StaffMember.objects.get(pk=officer.pk), RETIREMENT.officers)
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
