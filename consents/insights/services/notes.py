"""Check a text for people before it goes into a shared note: nothing of it is kept."""

from django.db import transaction

from consents.insights import patterns
from consents.insights.patterns import NotePiece
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Customer

MOST_WORDS = 4000


@transaction.atomic
def check_note(*, text: str, by: Actor) -> list[NotePiece]:
    """Return the text in pieces, marked where it could be somebody. On record is how many marks there were.

    Words that no pattern knows are compared with the numbers of customers on file. Whether an address is on file is
    not told: each address is marked.
    """
    pieces = patterns.split_note(text)
    words = patterns.list_words(pieces)[:MOST_WORDS]
    pieces = patterns.mark_words(pieces, list_on_file(words))
    marks = sum(bool(piece.kind) for piece in pieces)
    appending.append_entry(event="note.checked", by=by, object_type="note", object="checked", details={"marks": marks})
    return pieces


def list_on_file(words: list[str]) -> list[str]:
    found = Customer.objects.filter(reference__in=words).values_list("reference", flat=True)
    return sorted(reference for reference in found if reference)
