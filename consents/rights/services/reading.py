"""What people wrote in a request is read by officers who handle it, and each reading is on record."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights import words
from consents.rights.models import Words
from consents.rights.services.handling import held_by_officer
from consents.rights.services.recording import tell


@transaction.atomic
def read(*, request: UUID, officer: StaffMember, by: Actor) -> dict[str, dict[str, Any]]:
    """By kind of words. The entry stands before they are opened. Raises Unknown, NotAnOfficer."""
    row = held_by_officer(request, officer)
    tell(row, "words_read", by)
    said = {kind.value: words.read(row, kind) for kind in Words.Kind}
    return {kind: found for kind, found in said.items() if found}
