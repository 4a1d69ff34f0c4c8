"""Read the register of breaches: what stands, what is late, whom a breach concerns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from consents.breaches.models import Announcement, Assessment, AuthorityNotice, Breach, BreachNotice, Closing
from consents.breaches.rules import AUTHORITY_WITHIN, REMIND_BEFORE, BreachState, Risk
from consents.core.refusals import get_or_refuse
from consents.people.models import Customer
from consents.people.selectors import select_guardians

NOTICES = "breach_notices"  # beside what else the first page shows
COUNTED = ("concerned", "told", "read", "unreached")


@dataclass(frozen=True)
class BreachCase:
    """Holds a breach with its steps. `risk` is that of the latest assessment, empty before the first."""

    breach: Breach
    assessments: list[Assessment]
    authority_notices: list[AuthorityNotice]
    announcements: list[Announcement]
    closing: Closing | None

    @property
    def risk(self) -> str:
        return self.assessments[-1].risk if self.assessments else ""

    @property
    def is_authority_settled(self) -> bool:
        """Return True once the authority was told, or need not be as the risk is judged now."""
        return any(notice.told_at for notice in self.authority_notices) or bool(
            self.authority_notices and self.risk == Risk.UNLIKELY
        )

    @property
    def are_people_told(self) -> bool:
        return any(announcement.done_at for announcement in self.announcements)

    @property
    def has_open_announcement(self) -> bool:
        """Return True while words wait for a second officer, or are still going out."""
        return any(one.is_agreed is not False and one.done_at is None for one in self.announcements)

    def state_at(self, now: datetime) -> BreachState:
        if self.closing:
            return BreachState.CLOSED
        is_late = not self.is_authority_settled and self.breach.authority_due <= now
        return BreachState.LATE if is_late else BreachState.OPEN


def select_breaches() -> QuerySet[Breach]:
    """Select breaches with everything that a case is made of, in a bounded number of queries."""
    return Breach.objects.select_related("recorded_by", "closing__closed_by").prefetch_related(
        "assessments__assessed_by",
        "authority_notices__recorded_by",
        "announcements__proposed_by",
        "announcements__decided_by",
        "announcements__texts",
    )


def build_case(breach: Breach) -> BreachCase:
    return BreachCase(
        breach,
        sorted(breach.assessments.all(), key=lambda assessment: assessment.assessed_at),
        sorted(breach.authority_notices.all(), key=lambda notice: notice.recorded_at),
        sorted(breach.announcements.all(), key=lambda announcement: announcement.proposed_at),
        getattr(breach, "closing", None),
    )


def get_case(breach: UUID) -> BreachCase:
    """Raises Unknown."""
    return build_case(get_or_refuse(select_breaches().filter(pk=breach)))


def list_cases(most: int) -> list[BreachCase]:
    """List cases, the newest first."""
    return [build_case(breach) for breach in select_breaches().order_by("-noticed_at", "id")[:most]]


def list_cases_due(now: datetime) -> list[BreachCase]:
    """List open cases of which the authority has to be told within a day, or should have been."""
    due = select_breaches().filter(closing__isnull=True, noticed_at__lte=now + REMIND_BEFORE - AUTHORITY_WITHIN)
    cases = [build_case(breach) for breach in due.order_by("noticed_at", "id")]
    return [case for case in cases if not case.is_authority_settled]


def count_notices(announcements: list[UUID]) -> Mapping[UUID, dict[str, int]]:
    """Count, by announcement, whom it concerns, who has been told and read it, and whom no email can reach."""
    has_no_address = Q(customer__address_hash__isnull=True) & Q(customer__erased_at__isnull=True)
    guarded = Exists(select_guardians().filter(customer=OuterRef("customer")))
    counted = BreachNotice.objects.filter(announcement__in=announcements).values("announcement")
    lines: Iterable[Any] = counted.annotate(
        concerned=Count("pk"),
        told=Count("told_at"),
        read=Count("read_at"),
        unreached=Count("pk", filter=has_no_address & ~Q(guarded)),
    )
    return {line["announcement"]: {name: line[name] for name in COUNTED} for line in lines}


def select_notices_of(customer: UUID) -> QuerySet[BreachNotice]:
    """Select what this customer has been told of breaches, the newest first."""
    notices = BreachNotice.objects.filter(customer=customer, told_at__isnull=False)
    return (
        notices.select_related("announcement__breach")
        .prefetch_related("announcement__texts")
        .order_by("-told_at", "pk")
    )


def select_waiting_notices(announcement: UUID) -> QuerySet[BreachNotice]:
    """Select who has not been told yet; who was erased meanwhile is told of no more."""
    waiting = BreachNotice.objects.filter(announcement=announcement, told_at=None, customer__erased_at=None)
    return waiting.order_by("customer_id")


def select_unlisted_customers(announcement: Announcement) -> QuerySet[Customer]:
    """Select whom an announcement to everybody does not list yet, of those known when it was written."""
    listed = BreachNotice.objects.filter(announcement=announcement, customer=OuterRef("pk"))
    known = Customer.objects.filter(erased_at=None, created_at__lte=announcement.proposed_at)
    return known.filter(~Exists(listed)).order_by("pk")
