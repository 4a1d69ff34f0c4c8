"""Read what the "Open data" page shows: what was filed, its grants, and what a look is decided by."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from consents.access.models import AccessRequest, Grant
from consents.core import clock
from consents.decisions.rules import Decision
from consents.decisions.selectors import decide_shown_look, select_with_look_facts
from consents.exemptions.models import Exemption


@dataclass(frozen=True)
class GrantDecision:
    """A grant of what was filed and what the evaluator says of it now."""

    grant: Grant
    decision: Decision


@dataclass(frozen=True)
class OpenReading:
    """A request or an exemption as it stands at `now`, with a decision about each of its grants."""

    now: datetime
    subject: AccessRequest | Exemption
    judged: list[GrantDecision]

    @property
    def is_exempted(self) -> bool:
        return isinstance(self.subject, Exemption)

    @property
    def allowed(self) -> list[GrantDecision]:
        return [judged for judged in self.judged if judged.decision.allowed]

    def find_judged(self, grant: UUID) -> GrantDecision | None:
        return next((judged for judged in self.judged if judged.grant.pk == grant), None)


def read_open_page(id: UUID, staff: UUID) -> OpenReading | None:
    """Read a request or an exemption that this member of staff filed; None if there is none."""
    filed = {"pk": id, "staff": staff}
    subject = find_filed(AccessRequest.objects.filter(**filed)) or find_filed(Exemption.objects.filter(**filed))
    if subject is None:
        return None
    now = clock.now()
    grants = select_with_look_facts(Grant.objects.filter(Q(access_request=id) | Q(exemption=id), staff=staff))
    shown = grants.select_related("category", "purpose").prefetch_related("category__fields")
    listed = shown.order_by("category__sensitive", "category__order", "category__code")
    judged = [GrantDecision(grant, decide_shown_look(grant, now)) for grant in listed]
    return OpenReading(now, subject, judged)


def find_filed[Filed: (AccessRequest, Exemption)](filed: QuerySet[Filed]) -> Filed | None:
    return filed.select_related("version").prefetch_related("version__notices").first()
