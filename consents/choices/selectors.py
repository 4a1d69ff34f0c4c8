"""Where a customer stands, purpose by purpose."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.choices.models import Choice, Status


@dataclass(frozen=True)
class Standing:
    """One purpose as a customer sees it. `choice` is None while nothing was said: that is a no."""

    version: PurposeVersion
    choice: Choice | None
    material: int = 0

    @property
    def is_given(self) -> bool:
        """Given, and not to a text that a material change has replaced since."""
        return (
            self.choice is not None
            and self.choice.status == Status.GIVEN
            and self.choice.version.number >= self.material
        )

    @property
    def is_outdated(self) -> bool:
        """Given once, but the text has changed so much that it is asked anew."""
        return self.choice is not None and self.choice.status == Status.GIVEN and not self.is_given

    @property
    def is_asked(self) -> bool:
        """Purposes on another basis than consent are shown, not asked."""
        return self.version.legal_basis == LegalBasis.CONSENT


def standings(customer: UUID) -> list[Standing]:
    """Every standing purpose in force with the customer's choice; six queries however many there are."""
    choices = {
        choice.purpose_id: choice for choice in Choice.objects.filter(customer_id=customer).select_related("version")
    }
    versions = catalogue.standing().prefetch_related("categories", "recipients")
    material = catalogue.material_numbers()
    return [
        Standing(version, choices.get(version.purpose_id), material.get(version.purpose_id, 0)) for version in versions
    ]


def standing(customer: UUID, purpose: str) -> Standing | None:
    """One purpose, or None when there is no such standing purpose in force."""
    version = catalogue.standing().filter(purpose__code=purpose).prefetch_related("categories", "recipients").first()
    if version is None:
        return None
    choice = (
        Choice.objects.filter(customer_id=customer, purpose_id=version.purpose_id).select_related("version").first()
    )
    return Standing(version, choice, catalogue.last_material(version.purpose))


def said_no_at(customer: UUID, purpose: int) -> datetime | None:
    """When the customer refused or withdrew this purpose; None while no no stands."""
    standing_no = Choice.objects.filter(customer_id=customer, purpose_id=purpose).exclude(status=Status.GIVEN)
    return standing_no.values_list("since", flat=True).first()
