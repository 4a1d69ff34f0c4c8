"""Where a customer stands, purpose by purpose."""

from dataclasses import dataclass
from uuid import UUID

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.choices.models import Choice, Status


@dataclass(frozen=True)
class Standing:
    """One purpose as a customer sees it. `choice` is None while nothing was said: that is a no."""

    version: PurposeVersion
    choice: Choice | None

    @property
    def is_given(self) -> bool:
        return self.choice is not None and self.choice.status == Status.GIVEN

    @property
    def is_asked(self) -> bool:
        """Purposes on another basis than consent are shown, not asked."""
        return self.version.legal_basis == LegalBasis.CONSENT


def standings(customer: UUID) -> list[Standing]:
    """Every standing purpose in force with the customer's choice; two queries and one for the categories."""
    choices = {
        choice.purpose_id: choice for choice in Choice.objects.filter(customer_id=customer).select_related("version")
    }
    versions = catalogue.standing().prefetch_related("categories")
    return [Standing(version, choices.get(version.purpose_id)) for version in versions]


def standing(customer: UUID, purpose: str) -> Standing | None:
    """One purpose, or None when there is no such standing purpose in force."""
    version = catalogue.standing().filter(purpose__code=purpose).prefetch_related("categories").first()
    if version is None:
        return None
    return Standing(version, Choice.objects.filter(customer_id=customer, purpose_id=version.purpose_id).first())
