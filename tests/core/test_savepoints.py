"""Savepoints are prepared like every statement, and once."""

from django.db import connection, transaction

PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SAVEPOINT%'"


def acts_within_acts(count: int) -> int:
    """Returns how many savepoints the server keeps prepared."""
    for _ in range(count):
        with transaction.atomic(), transaction.atomic(), transaction.atomic():
            pass
    with connection.cursor() as cursor:
        cursor.execute(PREPARED)
        return cursor.fetchone()[0]


def test_a_savepoint_is_prepared_once_for_all_transactions(transactional_db):
    once = acts_within_acts(1)

    assert once >= 2 and acts_within_acts(5) == once
