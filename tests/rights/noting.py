"""Internal notes, in short."""

from collections.abc import Collection
from uuid import UUID

from consents.people.models import StaffMember
from consents.rights.models import Note, Redaction, RightsRequest
from consents.rights.services import noting, redacting
from tests.world.rights_requests import by_staff


def write(
    world, request: RightsRequest, text: str = "Called back.", mentioned: Collection[UUID] = (), officer=None
) -> Note:
    officer = officer or world.pia
    about = {"officer": officer, "by": by_staff(officer)}
    return noting.write_note(rights_request=request.pk, text=text, mentioned=mentioned, **about)


def read(officer: StaffMember, request: RightsRequest) -> list[str]:
    opened = noting.read_notes(rights_request=request.pk, officer=officer, by=by_staff(officer))
    return [one.text for one in opened]


def leave_out(world, note: Note, *passages: str) -> Redaction:
    about = {"passages": passages, "why": "It is about a neighbour.", "officer": world.pia, "by": by_staff(world.pia)}
    return redacting.propose_redaction(rights_request=note.rights_request_id, note=note.pk, **about)


def decide(officer: StaffMember, redaction: Redaction, *, is_agreed: bool = True) -> Redaction:
    return redacting.decide_redaction(
        redaction=redaction.pk, is_agreed=is_agreed, officer=officer, by=by_staff(officer)
    )
