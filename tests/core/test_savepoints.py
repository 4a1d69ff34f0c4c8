"""Savepoints are prepared like every statement, and once."""

from contextlib import suppress

from django.db import connection, transaction

from consents.people.models import User
from tests.world.cast import make_user

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


def test_a_savepoint_is_prepared_once_for_all_of_one_transaction(db):
    once = acts_within_acts(1)

    assert once >= 3 and acts_within_acts(5) == once


class Undone(Exception):
    """What the test itself did."""


def note(name: str, noted: list[str], *, is_undone: bool = False) -> None:
    """Write a row, and a name when it is committed."""
    with suppress(Undone), transaction.atomic():
        make_user(f"{name}@example.com")
        transaction.on_commit(lambda: noted.append(name))
        if is_undone:
            raise Undone


def test_what_is_undone_takes_nothing_of_its_neighbours_with_it(transactional_db):
    """Nor what waits for the end of the transaction, though both stood equally deep."""
    noted: list[str] = []
    with transaction.atomic():
        note("before", noted)
        note("undone", noted, is_undone=True)
        with transaction.atomic():
            note("deeper", noted)
            note("undone-deeper", noted, is_undone=True)
        note("after", noted)

    assert noted == ["before", "deeper", "after"]
    written = User.objects.filter(email__endswith="@example.com").values_list("email", flat=True)
    assert {*written} == {f"{name}@example.com" for name in noted}


def test_a_savepoint_one_went_back_to_still_stands(db):
    outer = transaction.savepoint_create()
    inner = transaction.savepoint_create()
    transaction.savepoint_rollback(outer)
    again = transaction.savepoint_create()
    transaction.savepoint_commit(again)
    transaction.savepoint_rollback(outer)
    transaction.savepoint_commit(outer)

    assert len({outer, inner, again}) == 3
