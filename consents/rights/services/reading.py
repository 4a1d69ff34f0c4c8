"""Let officers who handle a request read what people wrote in it; each reading is on record."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights import words
from consents.rights.models import Statement
from consents.rights.services.recording import append_rights_entry, lock_for_officer


@transaction.atomic
def read_statements(*, rights_request: UUID, officer: StaffMember, by: Actor) -> dict[str, dict[str, Any]]:
    """Return the statements by kind. The entry stands before they are opened.

    Raises Unknown, NotAnOfficer, OwnMatter.
    """
    locked = lock_for_officer(rights_request, officer)
    append_rights_entry(locked, "words_read", by)
    said = {kind.value: words.open_statement(locked, kind) for kind in Statement.Kind}
    return {kind: found for kind, found in said.items() if found}
