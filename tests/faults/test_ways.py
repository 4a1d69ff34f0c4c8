"""An error's way out of a call is read off its handlers: of what they would see differently, none is missed."""

from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction

from tests.faults.ways import find_way

Ways = list[Any]


def ask(ways: Ways) -> None:
    ways.append(find_way(find_ways.__code__))


def find_ways(call: Any) -> Ways:
    ways: Ways = []
    call(ways)
    return ways


def ask_in_one_block(ways: Ways) -> None:
    ask(ways)
    with connection.cursor():
        ask(ways)
    for _ in range(2):
        ask(ways)


def ask_within_a_handler(ways: Ways) -> None:
    ask(ways)
    try:
        ask(ways)
    except ValueError:
        ways.clear()
    with suppress(ValueError):
        ask(ways)


def ask_with_a_cursor_within_a_handler(ways: Ways) -> None:
    ask(ways)
    with suppress(ValueError), connection.cursor():
        ask(ways)
    try:
        with connection.cursor():
            ask(ways)
    finally:
        ways.reverse()


def ask_in_decorated_functions(ways: Ways) -> None:
    transaction.atomic(ask)(ways)
    transaction.atomic(ask_in_one_block)(ways)


def ask_in_blocks_within_a_handler(ways: Ways) -> None:
    ask(ways)
    with suppress(ValueError), transaction.atomic():
        ask(ways)
    with suppress(ValueError):
        transaction.atomic(ask)(ways)


@pytest.mark.parametrize(
    ("call", "count"),
    [
        (ask_in_one_block, 1),
        (ask_within_a_handler, 3),
        (ask_with_a_cursor_within_a_handler, 3),
        (ask_in_blocks_within_a_handler, 3),
    ],
)
def test_ways_differ_where_handlers_do(call, count, db):
    assert len(set(find_ways(call))) == count
    assert len(set(find_ways(transaction.atomic(call)))) == count


def test_decorated_functions_are_ways_of_their_own_unless_a_block_is_right_around_them(db):
    assert len(set(find_ways(ask_in_decorated_functions))) == 2
    assert len(set(find_ways(transaction.atomic(ask_in_decorated_functions)))) == 1
