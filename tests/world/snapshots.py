"""The separate connection of an export, kept for the next: a new one learns every table anew, which takes three times
as long as to write an export of a few rows.

Between two it forgets what was set for it. One that an export left in the middle of something ends, as it does always.
"""

from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from psycopg.pq import TransactionStatus

from consents.exports import selectors
from tests.world.sessions import forget

SPARE: list[psycopg.Connection[Any]] = []


def take(separate: BaseDatabaseWrapper, parameters: dict[str, Any]) -> psycopg.Connection[Any]:
    """Of those that are kept, one that still leads to the tests' database; or a new one."""
    while SPARE:
        separate.connection = SPARE.pop()
        with suppress(psycopg.OperationalError):
            if forget(separate):
                return separate.connection
        separate.connection.close()
    return type(separate).get_new_connection(separate, parameters)


def give_back(separate: BaseDatabaseWrapper) -> None:
    kept = separate.connection
    is_of_tests = kept.info.dbname.startswith(TEST_DATABASE_PREFIX)  # the bench drops its own
    if is_of_tests and kept.info.transaction_status == TransactionStatus.IDLE:
        kept.isolation_level = kept.read_only = None
        SPARE.append(kept)
    else:
        kept.close()


def create_connection(alias: str) -> BaseDatabaseWrapper:
    separate = connections.create_connection(alias)
    separate.get_new_connection = partial(take, separate)
    separate._close = partial(give_back, separate)
    return separate


def keep_snapshots() -> None:
    selectors.connections = SimpleNamespace(create_connection=create_connection)


def end_snapshots() -> None:
    while SPARE:
        SPARE.pop().close()
