"""Rotate the index key: a new one is chained to those before, and all that is found by keyed hashes is moved to it.

The portal runs meanwhile: it finds what is moved and what is not. Older keys stay links of the chain and are never
removed; alone they no longer find anything. What stays as it was written is listed in STAYS, with the reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.db import connection

from consents.accounts import company_accounts
from consents.core import keys, sealing
from consents.core.keys import Keyring
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ops import key_checks
from consents.rights.services import removing
from consents.vault.services import rekeying
from consents.vault.services.rekeying import RekeyResult

# Every column that holds, or is sealed under, what an index key made: what the rotation moves,
MOVED = {
    "notifications_failingaddress.address_hash",
    "notifications_message.address_hash",
    "people_customer.address_hash",
    "rights_draft.sealed",
    "rights_statement.sealed",
    "socialaccount_socialaccount.extra_data",
    "socialaccount_socialaccount.uid",
    "vault_fingerprint.content",
}
# and what it leaves, which is found by the hash of every key.
STAYS = {
    "access_callercode.code_hash": "a code of ten minutes, random and used once",
    "access_callercode.proof": "of such a code",
    "copies_collectioncode.code_hash": "a random code of 58 bits, for days, that can be stopped",
    "django_session.session_data": "codes of minutes, sealed under the secret key",
    "ledger_entry.canonical": "history is not edited: an erasure names its customer's number by its hash",
    "people_claimcode.code_hash": "a random code of 58 bits, for 14 days, that can be cancelled",
    "people_erasedreference.hash": "the same hash as in the entry of the erasure, which stays",
    "people_submission.content": "of a form that was sent, deleted after a day",
    "rights_clarification.code_hash": "a random code of 58 bits, until the question is answered",
    "vault_record.id": "the name of a record, which its seals are bound to: of use to who knows customer and number",
}
STARTED_BEFORE = """
SELECT count(*) FROM pg_stat_activity
WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid() AND backend_start < %s
"""
MOST_PASSES = 5  # over rows that others are working on


@dataclass
class Moved:
    """Count what a rotation has moved, by kind, and what does not open: customers, and requests of strangers."""

    values: dict[str, int] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)

    def count(self, kind: str, done: int) -> int:
        self.values[kind] = self.values.get(kind, 0) + done
        return done


def begin_rotation(by: Actor) -> str:
    """Make a new index key and put it on record; return its name. Raises Refusal."""
    if not rekeying.is_index_key_settled(keys.load_keyring(settings.PORTAL_KEYS)):
        raise Refusal("The last new index key is not in use everywhere yet. Run rotate_keys --index --continue first.")
    name = keys.add_index_key(settings.PORTAL_KEYS)
    key_checks.record_new_keys(by)
    return name


def continue_rotation(*, limit: int, by: Actor, advance: Callable[[int], object] = lambda _done: None) -> Moved:
    """Move what is left, in batches of their own transactions, and put on record that nothing is.

    `advance` is told of each batch. Where something does not open it is named, and nothing is put on record.
    Raises Refusal, OlderHashesLeft.
    """
    keyring, moved = keys.load_keyring(settings.PORTAL_KEYS), Moved()
    if keyring.index_number == 1:
        raise Refusal("There is no new index key. Make one with rotate_keys --index.")
    if rekeying.is_index_key_settled(keyring):
        return moved
    check_restarted(keyring)
    for _pass in range(MOST_PASSES):
        moved.damaged = []
        for done in move_everything(keyring, limit, by, moved):
            advance(done)
        if moved.damaged:
            return moved
        if not has_older(keyring):
            break
    if has_older(keyring):
        raise rekeying.OlderHashesLeft
    rekeying.settle_index_key(keyring=keyring, by=by)
    return moved


def check_restarted(keyring: Keyring) -> None:
    """Raises Refusal while a process that began before the newest key was made could still be connected."""
    path = settings.PORTAL_KEYS / rekeying.name_index_key(keyring)
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with connection.cursor() as cursor:
        cursor.execute(STARTED_BEFORE, [made])
        if cursor.fetchone()[0]:
            raise Refusal(
                "Some connections of the portal are older than the new index key. Restart every process of the "
                "portal, on "
                "every machine, then go on."
            )


def move_everything(keyring: Keyring, limit: int, by: Actor, moved: Moved) -> Iterator[int]:
    """Move what is left, a batch at a time, yielding how many it was."""
    steps: dict[str, Callable[..., RekeyResult]] = {
        "addresses": rekeying.rekey_addresses,
        "failures": rekeying.rekey_failures,
        "emails": partial(rekeying.rekey_column, column=rekeying.SENT),
        "records": partial(rekeying.rekey_column, column=rekeying.CONTENTS),
    }
    for kind, step in steps.items():
        last: bytes | None = rekeying.FIRST
        while last is not None and (batch := step(keyring=keyring, after=last, limit=limit, by=by)).last is not None:
            # Of several with one address each brings the others.
            moved.damaged += [id for id in map(str, batch.damaged) if id not in moved.damaged]
            yield moved.count(kind, batch.done)
            last = batch.last
    while done := company_accounts.rekey_ties(keyring=keyring, limit=limit, by=by):
        yield moved.count("ties", done)
    yield from move_words(keyring, by, moved)


def move_words(keyring: Keyring, by: Actor, moved: Moved) -> Iterator[int]:
    """Seal anew what strangers wrote, a request at a time."""
    after = None
    while after := removing.find_older_words(keyring, after):
        try:
            yield moved.count("words", removing.reseal_strangers_words(keyring=keyring, rights_request=after, by=by))
        except sealing.CannotOpen:
            moved.damaged.append(str(after))


def has_older(keyring: Keyring) -> bool:
    """Return True if something is left that an older index key has made."""
    return (
        any(rekeying.count_older_hashes(keyring).values())
        or company_accounts.select_older_ties(keyring).exists()
        or removing.find_older_words(keyring) is not None
    )


def is_rotation_due() -> bool:
    """Return True while a new index key is not in use everywhere."""
    return not rekeying.is_index_key_settled(keys.load_keyring(settings.PORTAL_KEYS))
