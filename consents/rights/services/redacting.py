"""Leave what a note says about somebody else out of copies: proposed by one officer, agreed to by a second one.

The words of the note stay as they were written. A copy shows them with the passages blacked out, and why (Art 15(4)).
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import get_or_refuse
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.services.holding import AlreadyErased
from consents.people.two_officers.refusals import Matter
from consents.rights import words
from consents.rights.models import Redaction, RightsRequest, Statement
from consents.rights.refusals import (
    NoNoteHere,
    NotMatchedYet,
    RedactionWaits,
)
from consents.rights.rules import GRANTED, Outcome, check_passages
from consents.rights.selectors import WITH_NOTES
from consents.rights.services.recording import append_rights_entry, lock_for_officer

REDACTION = Matter(
    needs_second_officer=_("You proposed it yourself, so another officer must agree."),
    already_decided=_("This has been decided already. Nothing was changed."),
)


@transaction.atomic
def propose_redaction(
    *, rights_request: UUID, note: int, passages: Sequence[str], why: str, officer: StaffMember, by: Actor
) -> Redaction:
    """Propose to leave passages out of every copy that holds the note. `why`: as the customer reads it. What waits for
    a decision is returned as it is.

    Raises Unknown, NotAnOfficer, OwnMatter, NotMatchedYet, AlreadyErased, NoNoteHere, NothingLeftOut, TooManyPassages,
    PassageNotThere, SayWhyLeftOut.
    """
    locked = lock_for_officer(rights_request, officer)
    if locked.customer is None:
        raise NotMatchedYet
    if locked.customer.erased_at:
        raise AlreadyErased
    statement = Statement.objects.filter(rights_request=locked, note=note).first()
    if statement is None:
        raise NoNoteHere
    if waiting := Redaction.objects.filter(note=note, decided_at=None).first():
        return waiting
    check_passages(words.open_said(locked, statement)["text"], passages, why)
    proposed = Redaction(rights_request=locked, note_id=note, proposed_by=officer.user, proposed_at=clock.now())
    proposed.sealed = words.seal_redaction(proposed, {"passages": list(passages), "why": why.strip()})
    proposed.save(force_insert=True)
    append_rights_entry(locked, "redaction_proposed", by, redaction=proposed.pk, note=note)
    return proposed


@transaction.atomic
def decide_redaction(*, redaction: int, is_agreed: bool, officer: StaffMember, by: Actor) -> Redaction:
    """Agree, as a second officer, to what a copy leaves out of a note, or not. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyDecided, NeedsSecondOfficer.
    """
    locked, proposed = lock_redaction(redaction, officer)
    if (proposed.decided_by_id, proposed.is_agreed) == (officer.pk, is_agreed):
        return proposed
    REDACTION.check_may_decide(proposed.proposed_by_id, officer.pk, is_open=proposed.decided_at is None)
    proposed.is_agreed, proposed.decided_by, proposed.decided_at = is_agreed, officer.user, clock.now()
    outcome = "agreed" if is_agreed else "declined"
    append_rights_entry(locked, "redaction_decided", by, outcome, redaction=proposed.pk, note=proposed.note_id)
    proposed.save(update_fields=["is_agreed", "decided_by", "decided_at"])
    return proposed


def lock_redaction(redaction: int, officer: StaffMember) -> tuple[RightsRequest, Redaction]:
    """Lock the request of a redaction. Raises Unknown, NotAnOfficer, OwnMatter."""
    known = get_or_refuse(Redaction.objects.filter(pk=redaction))
    locked = lock_for_officer(known.rights_request_id, officer)
    return locked, Redaction.objects.get(pk=redaction)


def check_notes_ready(rights_request: RightsRequest, outcome: Outcome) -> None:
    """Refuse an answer that would send a copy while a part of a note waits to be left out. Raises RedactionWaits."""
    waiting = Redaction.objects.filter(customer=rights_request.customer_id, decided_at=None)
    if rights_request.request_type in WITH_NOTES and outcome in GRANTED and waiting.exists():
        raise RedactionWaits
