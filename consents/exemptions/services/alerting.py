"""Make a case of each sign that staff went round a customer; a compliance officer decides it.

A case is its two ledger entries, which nobody changes: found, and decided with its outcome. Nothing anyone typed is in
them.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.one_by_one import run_for_each
from consents.core.refusals import Unknown
from consents.exemptions import rules, selectors
from consents.exemptions.bypasses import BypassSign, find_bypass_signs
from consents.exemptions.rules import BypassFinding
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.people.models import Role, StaffMember
from consents.people.selectors import select_working
from consents.people.services.holding import check_officer
from consents.people.two_officers.refusals import AlreadyDecided


def raise_bypass_alerts() -> int:
    """Put every sign on record that is not yet, and write to the compliance officers. Returns how many."""
    signs = {sign.alert: sign for sign in find_bypass_signs(clock.now())}
    new = signs.keys() - selectors.list_known_alerts(signs)
    return run_for_each(sorted(new), lambda alert: raise_bypass_alert(sign=signs[alert], by=PORTAL))


@transaction.atomic
def raise_bypass_alert(*, sign: BypassSign, by: Actor) -> bool:
    """Put one sign on record and write to the compliance officers, but not to whom it is about. False for a repeat."""
    appending.lock_people(sign.staff)
    if selectors.list_known_alerts([sign.alert]):
        return False
    for officer in select_working(Role.COMPLIANCE_OFFICER).exclude(pk=sign.staff):
        queueing.notify(kind="bypass_found", key=f"bypass_found:{sign.alert}:{officer.pk}", user=officer.user)
    facts = {"staff": str(sign.staff), "happened_at": sign.at.isoformat()}
    facts |= {"about": str(sign.customer), "event": sign.what} if sign.customer else {}
    appending.append_entry(
        event="bypass.found",
        by=by,
        object_type=selectors.ALERT,
        object=sign.alert,
        outcome=sign.sign,
        details=facts,
    )
    return True


@transaction.atomic
def decide_bypass_alert(*, alert: UUID, finding: BypassFinding, officer: StaffMember, by: Actor) -> None:
    """Decide a case, once. Repeating one's own decision changes nothing.

    Raises NotAnOfficer (of compliance), Unknown, AlreadyDecided, and of rules: SignOfOneself.
    """
    appending.lock_people(officer.pk)
    check_officer(officer, {Role.COMPLIANCE_OFFICER})
    case = selectors.get_alert(alert)
    if case is None:
        raise Unknown
    if case.staff == officer.pk:
        raise rules.SignOfOneself
    if case.decided_by == officer.pk and case.finding == finding:
        return
    try:
        with transaction.atomic():
            appending.append_entry(
                event="bypass.decided", by=by, object_type=selectors.ALERT, object=alert, outcome=finding
            )
    except IntegrityError:
        raise AlreadyDecided(_("Another officer has already decided this sign. Nothing was changed.")) from None
