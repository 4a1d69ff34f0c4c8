"""Read what the "Open data" page shows, in one statement: what was filed, its grants, and what a look is decided by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from consents.access.models import AccessRequest, Grant
from consents.catalogue.models import Field, Notice
from consents.core.attaching import attach_children
from consents.core.gathering import Parts, define_gathering, select_column
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


@define_gathering(id=UUID, staff=UUID)
def open_page(id: Any, staff: Any) -> Parts:
    grants = select_with_look_facts(Grant.objects.filter(Q(access_request=id) | Q(exemption=id), staff=staff))
    return {
        "requests": AccessRequest.objects.filter(pk=id, staff=staff).select_related("version"),
        "exemptions": Exemption.objects.filter(pk=id, staff=staff).select_related("version"),
        "notices": Notice.objects.filter(
            Q(version__in=select_column("requests", of=AccessRequest, column="version_id"))
            | Q(version__in=select_column("exemptions", of=Exemption, column="version_id"))
        ).order_by(),
        "grants": grants.select_related("category", "purpose").order_by(
            "category__sensitive", "category__order", "category__code"
        ),
        "fields": Field.objects.filter(category__in=select_column("grants", of=Grant, column="category_id")),
    }


def read_open_page(id: UUID, staff: UUID) -> OpenReading | None:
    """Read a request or an exemption that this member of staff filed; None if there is none."""
    read = open_page.read(id=id, staff=staff)
    subjects: list[AccessRequest | Exemption] = [*read["requests"], *read["exemptions"]]
    if not subjects:
        return None
    attach_children([subjects[0].version], "notices", read["notices"])
    attach_children([grant.category for grant in read["grants"]], "fields", read["fields"])
    judged = [GrantDecision(grant, decide_shown_look(grant, read.now)) for grant in read["grants"]]
    return OpenReading(read.now, subjects[0], judged)
