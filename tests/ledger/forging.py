"""What an owner of the database who means harm would run."""

from uuid import UUID

import pytest
from django.conf import settings as portal
from django.db import DatabaseError, connection, transaction

from consents.core.signing import load_public_keys
from consents.ledger import checkpoints
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending

ADA, BEN = UUID(int=1), UUID(int=2)


def append(customer=None, **changes) -> int:
    values = {"event": "thing.happened", "by": PORTAL, "object_type": "thing", "object": "1"} | changes
    return appending.append_entry(customer=customer, **values)


def refused(statement: str, *arguments: object) -> BaseException:
    """What the database says to the application role."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
    assert caught.value.__cause__ is not None
    return caught.value.__cause__


ALL = "ledger_entry, ledger_chainhead, ledger_leaf, ledger_checkpoint"
# All hashes of a chain anew, heads too: what an owner with time would do.
REHASH = f"""
DO $$ DECLARE e ledger_entry; before bytea := '\\x{bytes(32).hex()}';
BEGIN
    FOR e IN SELECT * FROM ledger_entry WHERE chain = '{ADA}' ORDER BY sequence LOOP
        e.previous := before;
        e.canonical := portal.canonical_entry(e);
        before := sha256(convert_to(e.canonical, 'UTF8'));
        UPDATE ledger_entry SET previous = e.previous, canonical = e.canonical, hash = before WHERE id = e.id;
        UPDATE ledger_chainhead SET hash = before, sequence = e.sequence WHERE chain = e.chain;
    END LOOP;
END $$
"""
RESEAL = """
UPDATE ledger_leaf AS l SET hash = sha256('\\x00'::bytea || convert_to(e.canonical, 'UTF8'))
FROM ledger_entry AS e WHERE e.id = l.entry
"""


def add(count: int = 1, customer=ADA) -> None:
    with transaction.atomic():
        for _ in range(count):
            append(customer)


def claims(outside) -> list:
    keys = load_public_keys(portal.PORTAL_KEYS)
    return [
        checkpoints.verify_checkpoint(checkpoints.read_note(outside, name), keys)
        for name in checkpoints.list_checkpoints(outside)
    ]
