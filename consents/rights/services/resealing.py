"""Seal what strangers wrote anew, under the keys that follow from the newest index key."""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from consents.core import sealing
from consents.core.keys import Keyring
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.rights import words
from consents.rights.models import Draft, RightsRequest, Statement
from consents.rights.services.recording import lock_rights_request


def find_older_words(keyring: Keyring, after: UUID | None = None) -> UUID | None:
    """Find the next request, by id, of which something is sealed under a key that an older index key made."""
    stated = Statement.objects.filter(rights_request=OuterRef("pk"), is_theirs=False)
    drafted = Draft.objects.filter(rights_request=OuterRef("pk"), is_theirs=False)
    strangers = RightsRequest.objects.filter(Q(Exists(stated)) | Q(Exists(drafted))).order_by("pk")
    for rights_request in (strangers.filter(pk__gt=after) if after else strangers).iterator():
        if list_older(keyring, rights_request):
            return rights_request.pk
    return None


def list_older(keyring: Keyring, rights_request: RightsRequest) -> list[Statement | Draft]:
    """List the words of a request that its newest key does not open."""
    key = words.list_request_keys(keyring, rights_request)[0]
    statements = Statement.objects.filter(rights_request=rights_request, is_theirs=False).order_by("pk")
    drafts = Draft.objects.filter(rights_request=rights_request, is_theirs=False).order_by("pk")
    rows: list[Statement | Draft] = [*statements, *drafts]
    return [row for row in rows if not can_open(key, row)]


def can_open(key: bytes, row: Statement | Draft) -> bool:
    try:
        sealing.open_value(key, bytes(row.sealed), *words.name_place(row))
    except sealing.CannotOpen:
        return False
    return True


@transaction.atomic
def reseal_strangers_words(*, keyring: Keyring, rights_request: UUID, by: Actor) -> int:
    """Seal the words of one request under its newest key; return how many. Raises Unknown, CannotOpen."""
    locked = lock_rights_request(rights_request)
    older = list_older(keyring, locked)
    if not older:
        return 0
    appending.append_entry(
        event="strangers_words.resealed",
        by=by,
        object_type="strangers_words",
        object="words",
        details={"key": keyring.index_number, "values": len(older)},
    )
    usable = words.list_request_keys(keyring, locked)
    for row in older:
        place = words.name_place(row)
        row.sealed = sealing.seal_value(usable[0], sealing.open_with_any(usable, bytes(row.sealed), *place), *place)
        row.save(update_fields=["sealed"])
    return len(older)
