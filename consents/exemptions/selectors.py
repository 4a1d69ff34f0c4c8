"""Reading exemptions, and what a law forbids to show yet."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from consents.access import selectors as access
from consents.access.models import Grant
from consents.access.rules.causes import EndCause
from consents.core.clock import DatabaseNow
from consents.core.refusals import get_or_refuse
from consents.exemptions.bypasses import WORDS, BypassKind
from consents.exemptions.models import Delay, Exemption
from consents.exemptions.rules import BypassFinding, ExemptionState
from consents.ledger.models import Entry
from consents.ledger.services import appending

# The type of object that the entries of a case name; the index `exemptions_alert_once` holds them alone.
ALERT = "bypass_alert"


def lock_exemption(exemption: UUID) -> Exemption:
    """Lock one exemption and its customer until the transaction ends. Raises Unknown."""
    appending.lock_people(get_or_refuse(Exemption.objects.filter(pk=exemption).values_list("customer_id", flat=True)))
    return (
        Exemption.objects.select_for_update(of=["self"])
        .select_related("purpose", "staff", "customer")
        .get(pk=exemption)
    )


def has_unconfirmed_emergency(member: UUID, customer: UUID) -> bool:
    """Return True if this member opened this customer's data at once within 30 days, and nobody has confirmed it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.has_unconfirmed_emergency(%s, %s)", [member, customer])
        return bool(cursor.fetchone()[0])


def select_withheld_exemptions(customer: UUID | None = None) -> QuerySet[Exemption]:
    """Select exemptions of which the customer must not know yet. A delay that has ended withholds nothing."""
    running = Delay.objects.filter(exemption=OuterRef("pk"), until__gt=DatabaseNow())
    exemptions = Exemption.objects.filter(Exists(running), told_at=None)
    return exemptions.filter(customer=customer) if customer else exemptions


def list_withheld_ids(customer: UUID) -> list[UUID]:
    return list(select_withheld_exemptions(customer).values_list("pk", flat=True))


def select_exemptions_shown_to(customer: UUID) -> QuerySet[Exemption]:
    """Select what the customer's pages show, with what they show of it."""
    told = select_told_exemptions(customer).select_related("version", "purpose")
    return told.prefetch_related("version__notices", "exempted__category", "delays")


def select_told_exemptions(customer: Any) -> QuerySet[Exemption]:
    """Select, newest first, everything that was opened, unless a law forbids to tell the customer for now."""
    opened = Exemption.objects.filter(Exists(Grant.objects.filter(exemption=OuterRef("pk"))), customer=customer)
    return opened.exclude(pk__in=select_withheld_exemptions(customer).values("pk")).order_by("-filed_at", "pk")


def annotate_running(exemptions: QuerySet[Exemption]) -> QuerySet[Exemption, Any]:
    """Add `is_running`: whether some of the access runs now."""
    live = access.select_live_grants(DatabaseNow()).filter(exemption=OuterRef("pk"))
    return exemptions.annotate(is_running=Exists(live))


def select_grants(exemption: UUID) -> QuerySet[Grant]:
    return Grant.objects.filter(exemption=exemption)


def map_exemptions(grants: Iterable[Grant]) -> dict[UUID, Exemption]:
    """Map ids to the exemptions that these grants rest on, with what a line about a look shows. Two queries at most."""
    exemptions = Exemption.objects.select_related("version").prefetch_related("version__notices")
    return exemptions.in_bulk({grant.exemption for grant in grants if grant.exemption})


def select_unchecked_due(now: datetime) -> QuerySet[Exemption]:
    return Exemption.objects.filter(state=ExemptionState.OPENED, check_by__lte=now)


def select_void_exemptions() -> QuerySet[Exemption]:
    """Select what nobody can decide for the requester any more: they have left or do other work, as `end_for_staff` has
    it, the purpose has ended, or the customer was erased.
    """
    staff = Cast(OuterRef("staff"), TextField())
    left = Entry.objects.filter(
        object=staff, event__in=["staff.ended", "staff.moved"], occurred_at__gte=OuterRef("filed_at")
    )
    is_over = Q(purpose__retired_at__isnull=False) | Q(customer__erased_at__isnull=False)
    return Exemption.objects.filter(Exists(left) | is_over, state=ExemptionState.FILED)


def find_void_cause(exemption: Exemption) -> EndCause | None:
    if not select_void_exemptions().filter(pk=exemption.pk).exists():
        return None
    if exemption.customer.erased_at:
        return EndCause.ERASED
    return EndCause.RETIRED if exemption.purpose.retired_at else EndCause.STAFF_ENDED


def get_last_delay(exemption: Exemption) -> Delay | None:
    return Delay.objects.filter(exemption=exemption).order_by("-decided_at", "-pk").first()


@dataclass(frozen=True)
class BypassAlert:
    """A sign that staff went round the customer, as a case. `finding` is "" until an officer has decided it.

    `customer`: None where it is about many. `event`: what the ledger calls the act it was found by, or "".
    """

    id: UUID
    sign: BypassKind
    found_at: datetime
    happened_at: datetime
    staff: UUID
    customer: UUID | None
    event: str
    finding: str = ""
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    @property
    def words(self) -> str:
        return str(WORDS[self.sign])

    @property
    def outcome(self) -> str:
        return str(BypassFinding(self.finding).label) if self.finding else ""


LIST_ALERTS = """
SELECT f.object, f.outcome, f.occurred_at, f.details, d.outcome, d.actor, d.occurred_at
FROM ledger_entry AS f LEFT JOIN ledger_entry AS d
    ON d.object = f.object AND d.event = 'bypass.decided' AND d.object_type = 'bypass_alert'
WHERE f.object_type = 'bypass_alert' AND f.event = 'bypass.found' AND (%s::text IS NULL OR f.object = %s)
ORDER BY d.id IS NOT NULL, f.id DESC LIMIT %s
"""
COUNT_OPEN_ALERTS = """
SELECT count(*) FILTER (WHERE event = 'bypass.found') - count(*) FILTER (WHERE event = 'bypass.decided')
FROM ledger_entry WHERE object_type = 'bypass_alert' AND object NOT IN (
    SELECT object FROM ledger_entry
    WHERE object_type = 'bypass_alert' AND event = 'bypass.found' AND details::jsonb ->> 'staff' = %(officer)s)
"""


def list_known_alerts(alerts: Iterable[UUID]) -> set[UUID]:
    """Return those of these cases that are on record."""
    known = Entry.objects.filter(object__in=[str(alert) for alert in alerts], event="bypass.found")
    return {UUID(alert) for alert in known.values_list("object", flat=True)}


def list_alerts(most: int, alert: UUID | None = None) -> list[BypassAlert]:
    """List cases: the open ones first, each newest first."""
    with connection.cursor() as cursor:
        cursor.execute(LIST_ALERTS, [alert and str(alert)] * 2 + [most])
        return list(starmap(build_alert, cursor.fetchall()))


def build_alert(
    id: str, sign: str, found_at: datetime, details: str, finding: str | None, officer: str, decided_at: datetime
) -> BypassAlert:
    facts = json.loads(details)
    return BypassAlert(
        id=UUID(id),
        sign=BypassKind(sign),
        found_at=found_at,
        happened_at=datetime.fromisoformat(facts["happened_at"]),
        staff=UUID(facts["staff"]),
        customer=UUID(facts["about"]) if "about" in facts else None,
        event=facts.get("event", ""),
        finding=finding or "",
        decided_by=UUID(officer) if finding else None,
        decided_at=decided_at,
    )


def get_alert(alert: UUID) -> BypassAlert | None:
    return next(iter(list_alerts(1, alert)), None)


def count_open_alerts(officer: UUID) -> int:
    """Count the cases that wait for this officer: not those about themselves."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_OPEN_ALERTS, {"officer": str(officer)})
        number: int = cursor.fetchone()[0]
    return number
