"""Counting the queries of a page."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

MOST = 15  # a new query on these pages is to be a decision


def queries_of(client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    # Saving the session is the one act of a reading page; it comes with its own savepoint.
    return sum("SAVEPOINT" not in query["sql"] for query in captured.captured_queries)
