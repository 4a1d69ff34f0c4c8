"""Check a text for people before it goes into a shared note: nothing of it is kept."""

from typing import NamedTuple

from django.db import transaction

from consents.insights import patterns
from consents.insights.patterns import NotePiece
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Customer

MOST_WORDS = 4000
MOST_ON_FILE = 20


class CheckedNote(NamedTuple):
    """A text in pieces, marked where it could be somebody. `is_list`: it holds more numbers of customers on file than a
    note does, and which of them are on file is not told: numbers that were tried out would become a list of customers.
    """

    pieces: list[NotePiece]
    is_list: bool


@transaction.atomic
def check_note(*, text: str, by: Actor) -> CheckedNote:
    """Mark what could be somebody. On record is how many marks there were, and how many customers on file.

    Words that no pattern knows are compared with the numbers of customers on file. Whether an address is on file is
    not told: each address is marked.
    """
    pieces = patterns.split_note(text)
    found = list_on_file(patterns.list_words(pieces)[:MOST_WORDS])
    is_list = len(found) > MOST_ON_FILE
    pieces = patterns.mark_words(pieces, [] if is_list else found)
    details = {"marks": sum(bool(piece.kind) for piece in pieces), "on_file": len(found)}
    appending.append_entry(event="note.checked", by=by, object_type="note", object="checked", details=details)
    return CheckedNote(pieces, is_list)


def list_on_file(words: list[str]) -> list[str]:
    found = Customer.objects.filter(reference__in=words).values_list("reference", flat=True)
    return sorted(reference for reference in found if reference)
