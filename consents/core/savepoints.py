"""Spare the savepoint of an act that runs in the transaction of its caller and takes it down when it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def spare_savepoint(connection: Any) -> Iterator[None]:
    """Let the next `transaction.atomic` inside set no savepoint: two round trips less. Those within it do.

    For a caller that lets each exception through to the end of its own transaction: Django refuses every further
    statement of that one. A connection of another back end sets its savepoint all the same.
    """
    connection.is_savepoint_spared = True
    try:
        yield
    finally:
        connection.is_savepoint_spared = False
