"""End access that rests on an exemption: by an act, or by time."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consents.access import selectors as access
from consents.access.models import Grant
from consents.access.rules.causes import EndCause
from consents.access.services.ending import notify_requester_of_end, record_grant_end
from consents.core import clock
from consents.core.one_by_one import MOST_DUE, run_for_each
from consents.core.refusals import Unknown
from consents.exemptions import rules, selectors
from consents.exemptions.models import Exemption
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember


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
