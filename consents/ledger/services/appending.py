"""Append entries to the ledger: the only way in for an act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from consents.core.canonical import encode_canonical
from consents.ledger.rules import Actor, is_closing
from consents.ledger.services.journalling import schedule_journalling

APPEND = """
SELECT portal.append_entry(%s::text, %s::uuid, %s::text, %s::text, %s::text, %s::text, %s::text, %s::text, %s::uuid,
                     %s::text, %s::text)
"""


@dataclass(frozen=True)
class Change:
    """A change of one row that goes in the same statement as its entry. `statement` returns the row that it wrote."""

    statement: str
    values: Sequence[object]


def append_entry(
    *,
    event: str,
    by: Actor,
    customer: UUID | None = None,
    object_type: str,
    object: UUID | str | int,
    purpose: str = "",
    outcome: str = "",
    details: Mapping[str, Any] | None = None,
    change: Change | None = None,
    beside: Change | None = None,
) -> int:
    """Append one entry inside the caller's transaction and return its id.

    `event` is a dotted noun and past participle (`access_request.filed`). `details` holds codes, ids and numbers, never
    a personal value. The database sets the moment, the place in the chain and the hashes. `beside`: a change in the
    same statement that may write nothing. Raises TransactionManagementError outside a transaction: an act and its entry
    stand or fall together.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A ledger entry belongs inside the transaction of its act.")
    facts = {**(details or {}), **({"original": by.original} if by.original else {})}
    values: list[Any] = [
        event,
        customer,
        by.kind,
        by.id,
        object_type,
        str(object),
        purpose,
        by.channel,
        by.evidence,
        outcome,
        encode_canonical(facts).decode(),
    ]
    statement, values = build_append_statement(values, change, beside)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        entry: int = cursor.fetchone()[0]
    if is_closing(event, outcome):
        schedule_journalling()
    return entry


def build_append_statement(entry: list[Any], change: Change | None, beside: Change | None) -> tuple[str, list[Any]]:
    """Return the one statement that appends the entry and makes these changes, and its values."""
    made = {name: one for name, one in (("change", change), ("beside", beside)) if one}
    steps = ", ".join(f"{name} AS ({one.statement})" for name, one in made.items())
    values = [value for one in made.values() for value in one.values]
    statement = f"WITH {steps} {APPEND}" if steps else APPEND
    return f"{statement} FROM change" if change else statement, [*values, *entry]


def lock_people(*people: UUID) -> None:
    """Make acts about one customer, or of one user, wait for each other until this transaction ends.

    The order in which every act takes its locks, so that no two can wait for each other:

        form (its token) → turn → user → purpose, version → customer → request → grant → message → the company's chain

    A turn: what is done one after the other, whoever it is about, such as what the directory tells. Several users by
    ascending id; several customers one after the other, too, each with their requests, grants and messages. What has no
    customer goes on the company's chain, which all acts share: its entry comes last.
    tests/faults/test_every_act.py watches.
    """
    with connection.cursor() as cursor:
        for id in sorted(people, key=str):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(id)])
