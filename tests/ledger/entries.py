"""Entries of two customers, appended as the services do it."""

from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

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
