"""Decide what an officer proposed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from consents.core import clock
from consents.people.models import Role, StaffMember
from consents.people.services.holding import OFFICERS, check_officer
from consents.people.two_officers.models import OPEN, Proposal
from consents.people.two_officers.refusals import AlreadyProposed, Matter


@dataclass(frozen=True, kw_only=True)
class ProposedMatter[Kind: Proposal](Matter):
    """A matter whose proposals are rows of a model, decided by officers of these roles."""

    model: type[Kind]
    officers: set[Role] = field(default_factory=lambda: OFFICERS)

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
        more: Sequence[str] = (),
    ) -> bool:
        """Approve a locked proposal, or reject it or take it back. Return False for a repeat, which changes nothing.

        `check`: what must still be so for an approval; `more`: fields that it fills in. Raises AlreadyDecided,
        NeedsSecondOfficer.
        """
        if officer.pk == (proposal.approved_by_id if is_approved else proposal.cancelled_by_id):
            return False
        first = proposal.proposed_by_id if is_approved else None
        self.check_may_decide(first, officer.pk, is_open=proposal.is_open)
        if is_approved:
            check(proposal)
            proposal.approved_by, proposal.approved_at = officer.user, clock.now()
        else:
            proposal.cancelled_by, proposal.cancelled_at = officer.user, clock.now()
        proposal.save(update_fields=["approved_by", "approved_at", "cancelled_by", "cancelled_at", *more])
        return True

    def check_still_officer(self, proposal: Kind) -> None:
        """Raises NotAnOfficer where the first officer is no longer one."""
        check_officer(StaffMember.objects.get(pk=proposal.proposed_by_id), self.officers)
