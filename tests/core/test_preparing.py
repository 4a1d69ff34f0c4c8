"""What is prepared stays over a rollback, and goes where the server forgets it."""

import pytest
from django.db import connection, transaction
from django.db.utils import DataError, IntegrityError

PREPARED = "SELECT statement FROM pg_prepared_statements"
ASK = "SELECT 41 + %s"
FAIL = "SELECT 1 / (%s::int)"


def ask(sql: str, *values: object) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [value for (value,) in cursor.fetchall()]


def is_prepared(sql: str) -> bool:
    return sql.replace("%s", "$1") in ask(PREPARED)


@pytest.mark.django_db(transaction=True)
def test_it_stays_prepared_over_rollbacks():
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(ASK, 1)
        with transaction.atomic():
            raise IntegrityError

    assert is_prepared(ASK) and ask(ASK, 1) == [42]


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_failed_leaves_nothing_behind():
    for _ in range(3):
        with pytest.raises(DataError), transaction.atomic():
            ask(FAIL, 0)
    assert not is_prepared(FAIL)
    assert ask(FAIL, 1) == [1] and is_prepared(FAIL)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("forget", ["DISCARD ALL", "DEALLOCATE ALL"])
def test_it_is_prepared_anew_where_the_server_has_forgotten(forget):
    ask(ASK, 1)
    connection.connection.execute(forget, prepare=False)

    assert ask(ASK, 1) == [42] and is_prepared(ASK)


@pytest.mark.django_db(transaction=True)
def test_a_table_made_anew_is_read_anew():
    """PostgreSQL plans again by itself."""
    for value in (1, 2):
        with pytest.raises(IntegrityError), transaction.atomic():
            connection.connection.execute(f"CREATE TEMPORARY TABLE import_seen AS SELECT {value} AS key", prepare=False)
            assert ask("SELECT key FROM import_seen") == [value]
            raise IntegrityError
