"""The refusals of every matter that takes two officers, each in the words of its matter."""

from dataclasses import dataclass
from uuid import UUID

from consents.core.refusals import NotPermitted, Refusal


class AlreadyProposed(Refusal):
    """Refuse to propose again what waits for a second officer."""


class NeedsSecondOfficer(NotPermitted):
    """Refuse the officer who proposed it."""


class AlreadyDecided(Refusal):
    """Refuse to decide what was approved, rejected or taken back."""


@dataclass(frozen=True, kw_only=True)
class Matter:
    """The sentences in which a matter refuses; '' for what it never says."""

    needs_second_officer: object
    already_proposed: object = ""
    already_decided: object = ""

    def check_may_decide(self, first: UUID | None, second: UUID, *, is_open: bool = True) -> None:
        """Raises AlreadyDecided, NeedsSecondOfficer."""
        if not is_open:
            raise AlreadyDecided(self.already_decided)
        if first == second:
            raise NeedsSecondOfficer(self.needs_second_officer)
