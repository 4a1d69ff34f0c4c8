"""Reading modules, attestations and one's own state."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Exists, F, Func, OuterRef, QuerySet

from consents.core.clock import DatabaseNow
from consents.training.models import Attestation, ModuleVersion


def is_trained(member: str) -> Func:
    """Ask `portal.is_trained` for the member in this column now, inside a query that runs anyway."""
    return Func(F(member), DatabaseNow(), function="portal.is_trained", output_field=BooleanField())


def select_in_force() -> QuerySet[ModuleVersion]:
    newer = ModuleVersion.objects.filter(
        code=OuterRef("code"), number__gt=OuterRef("number"), published_at__isnull=False
    )
    return ModuleVersion.objects.filter(~Exists(newer), published_at__isnull=False)


@dataclass(frozen=True)
class TrainingState:
    """A module in force and the member's last attestation of it; `is_valid` says whether it counts now."""

    version: ModuleVersion
    attestation: Attestation | None
    is_valid: bool

    @property
    def is_missing(self) -> bool:
        return self.version.required and not self.is_valid


def list_training(member: UUID, now: datetime) -> list[TrainingState]:
    """List every module in force with the member's state. Two queries."""
    attestations = Attestation.objects.filter(member=member).order_by("valid_until", "attested_at", "pk")
    newest = {attestation.code: attestation for attestation in attestations}
    states = []
    for version in select_in_force().order_by("-required", "code"):
        attestation = newest.get(version.code)
        states.append(TrainingState(version, attestation, attestation is not None and attestation.valid_until > now))
    return states


def list_missing_training(member: UUID, now: datetime) -> list[ModuleVersion]:
    return [state.version for state in list_training(member, now) if state.is_missing]


def select_lapsing(now: datetime, until: datetime) -> QuerySet[Attestation]:
    """Select valid attestations of members who work here that lapse before `until` and were not renewed."""
    renewed = Attestation.objects.filter(
        member=OuterRef("member"), code=OuterRef("code"), valid_until__gt=OuterRef("valid_until")
    )
    lapsing = Attestation.objects.filter(valid_until__gt=now, valid_until__lte=until, member__ended_at=None)
    return lapsing.filter(~Exists(renewed)).select_related("member__user").order_by("valid_until", "pk")
