"""The keys that sign receipts: a new one, and one that others may have. Both are on record before the files change."""

from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.choices.receipts.claims import KIND_OF_KEY
from consents.core import jose, keys, signing
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor


class NoSuchKey(Refusal):
    sentence = _("There is no such key. `manage.py receipt_keys` lists them.")


class NotYet(Refusal):
    sentence = _("A key is withdrawn from a day that has come, not from one to come.")


@transaction.atomic
def rotate_key(*, folder: Path, by: Actor) -> str:
    """A new key signs from now on; what the older ones signed stays genuine. Returns its id."""
    kid, value = keys.drawn(folder, KIND_OF_KEY)
    put_new_key_on_record(value, by)
    keys.keep(folder, KIND_OF_KEY, kid, value)
    return kid


def put_new_key_on_record(value: str, by: Actor) -> None:
    key = signing.spelled_out(value).public_key()
    ledger.append(event="receipt_key.made", by=by, object_type="receipt_key", object=jose.thumbprint(key))


@transaction.atomic
def withdraw_key(*, folder: Path, kid: str, since: date, today: date, by: Actor) -> None:
    """Others may have this key since that day: nothing it signed counts any more, whatever date it bears, since
    whoever has the key may write any date. The act itself stays on record, and a new receipt can be taken of it.

    `kid`: the number in the name of its file, or its thumbprint. Where it was the one that signs, a new one is made.
    Raises NoSuchKey, NotYet.
    """
    if since > today:
        raise NotYet
    found = signing.load(folder, KIND_OF_KEY)
    id = next((id for id, key in found.items() if kid in (id, jose.thumbprint(key.public_key()))), None)
    if id is None:
        raise NoSuchKey
    successor = keys.drawn(folder, KIND_OF_KEY) if id == keys.newest(found) else None
    if successor:
        put_new_key_on_record(successor[1], by)
    public = found[id].public_key()
    ledger.append(
        event="receipt_key.withdrawn",
        by=by,
        object_type="receipt_key",
        object=jose.thumbprint(public),
        details={"since": since.isoformat()},
    )
    if successor:
        keys.keep(folder, KIND_OF_KEY, *successor)
    keys.withdraw_receipt_key(folder, id, jose.withdrawn_note(public, since))
