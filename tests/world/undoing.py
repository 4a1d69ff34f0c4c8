"""An act is done, and undone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def undone() -> Iterator[None]:
    """Let an act go as far as to its commit, then undo it, so that the scene stands for the next."""
    block = transaction.atomic()
    block._from_testcase = True  # as around Django's own tests: it also holds an act that ends its transaction itself
    with block:
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
