"""The rules of deciding what an officer proposed, and the refusals of every matter in its own words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from consents.core import clock
from consents.core.refusals import NotPermitted, Refusal
from consents.people.models import Role, StaffMember
from consents.people.services.holding import OFFICERS, check_officer
from consents.people.two_officers.models import OPEN, Proposal


class AlreadyProposed(Refusal):
    """Refuse to propose again what waits for a second officer."""


class NeedsSecondOfficer(NotPermitted):
    """Refuse the officer who proposed it."""


class AlreadyDecided(Refusal):
    """Refuse to decide what was approved, rejected or taken back."""


@dataclass(frozen=True, kw_only=True)
class Matter[Kind: Proposal]:
    """A matter that takes two officers of these roles, and the sentences in which it refuses."""

    model: type[Kind]
    officers: set[Role] = field(default_factory=lambda: OFFICERS)
    already_proposed: object
    needs_second_officer: object
    already_decided: object

    def select_open(self, **about: Any) -> QuerySet[Kind]:
        return self.model._default_manager.filter(OPEN, **about)

    def check_not_proposed(self, **about: Any) -> None:
        """Raises AlreadyProposed."""
        if self.select_open(**about).exists():
            raise AlreadyProposed(self.already_proposed)

    def decide(
        self,
        proposal: Kind,
        *,
        is_approved: bool,
        officer: StaffMember,
        check: Callable[[Kind], None] = lambda proposal: None,
    ) -> bool:
        """Approve a locked proposal, or reject it or take it back. Return False for a repeat, which changes nothing.

        `check`: what must still be so for an approval. Raises AlreadyDecided, NeedsSecondOfficer.
        """
        if officer.pk == (proposal.approved_by_id if is_approved else proposal.cancelled_by_id):
            return False
        if not proposal.is_open:
            raise AlreadyDecided(self.already_decided)
        if is_approved:
            if proposal.proposed_by_id == officer.pk:
                raise NeedsSecondOfficer(self.needs_second_officer)
            check(proposal)
            proposal.approved_by, proposal.approved_at = officer.user, clock.now()
        else:
            proposal.cancelled_by, proposal.cancelled_at = officer.user, clock.now()
        proposal.save(update_fields=["approved_by", "approved_at", "cancelled_by", "cancelled_at"])
        return True

    def check_still_officer(self, proposal: Kind) -> None:
        """Raises NotAnOfficer where the first officer is no longer one."""
        check_officer(StaffMember.objects.get(pk=proposal.proposed_by_id), self.officers)
