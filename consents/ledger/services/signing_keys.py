"""Rotate and withdraw the keys that sign for outsiders. Each act is on record before the files change."""

from datetime import date
from pathlib import Path

from django.db import transaction

from consents.core import jose, keys, signing
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending


class NoSuchKey(Refusal):
    sentence = "There is no such key. `manage.py signing_keys` lists them."


class WithdrawalInFuture(Refusal):
    sentence = "A key can only be withdrawn from today or an earlier day."


@transaction.atomic
def rotate_signing_key(*, kind: str, folder: Path, by: Actor) -> str:
    """Make a new key of a kind (`receipt`, `export`, `sign`) and return its id.

    It signs from now on, in another process from its next start on; what older keys signed stays genuine.
    """
    kid, value = keys.draw_key(folder, kind)
    append_new_key_entry(kind, value, by)
    keys.save_key(folder, kind, kid, value)
    return kid


def append_new_key_entry(kind: str, value: str, by: Actor) -> None:
    thumbprint = jose.compute_thumbprint(signing.parse_private_key(value).public_key())
    appending.append_entry(
        event="signing_key.made", by=by, object_type="signing_key", object=thumbprint, details={"signs": kind}
    )


@transaction.atomic
def withdraw_signing_key(*, kind: str, folder: Path, kid: str, since: date, today: date, by: Actor) -> None:
    """Withdraw a key that others may have had since that day. What it signed is no longer genuine, whatever its
    date, since a thief can write any date. The acts stay on record, and can be signed anew.

    `kind`: one of `keys.PUBLISHED`. `kid`: the number in the name of its file, or its thumbprint. Where it was the one
    that signs, a new one is made. Raises NoSuchKey, WithdrawalInFuture.
    """
    if since > today:
        raise WithdrawalInFuture
    signing_keys = signing.load_signing_keys(folder, kind)
    id = next((id for id, key in signing_keys.items() if kid in (id, jose.compute_thumbprint(key.public_key()))), None)
    if id is None:
        raise NoSuchKey
    successor = keys.draw_key(folder, kind) if id == keys.pick_newest(signing_keys) else None
    if successor:
        append_new_key_entry(kind, successor[1], by)
    public = signing_keys[id].public_key()
    appending.append_entry(
        event="signing_key.withdrawn",
        by=by,
        object_type="signing_key",
        object=jose.compute_thumbprint(public),
        details={"signs": kind, "since": since.isoformat()},
    )
    if successor:
        keys.save_key(folder, kind, *successor)
    keys.withdraw_key(folder, kind, id, jose.build_withdrawal_note(public, since))
