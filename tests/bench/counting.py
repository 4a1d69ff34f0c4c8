"""Counting the queries of a page, and the calls of Python."""

import cProfile
from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

MOST = 17  # a new query on these pages is to be a decision; 12 is the aim, and not met yet


def queries_of(client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    # Saving the session is the one act of a reading page; it comes with its own savepoint.
    return sum("SAVEPOINT" not in query["sql"] for query in captured.captured_queries)


def count_calls(deed: Callable[[], object]) -> int:
    """Calls of functions in Python. Unlike milliseconds they are the same on a slow machine and beside neighbours."""
    profile = cProfile.Profile()
    profile.runcall(deed)
    return sum(entry.callcount for entry in profile.getstats())


def open_page(client, path: str) -> None:
    assert client.get(path).status_code == 200
