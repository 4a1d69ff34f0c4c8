"""The next rows are read while those before are stored."""

import threading

import pytest

from consents.ops.importing.reading_ahead import read_ahead
from tests.waiting import PATIENCE


def count_readers() -> int:
    return sum(thread.name.startswith("reading-ahead") for thread in threading.enumerate())


def test_nothing_is_left_out_or_comes_out_of_turn():
    assert list(read_ahead(iter(range(1, 50)))) == list(range(1, 50))
    assert list(read_ahead(iter([]))) == []


def test_the_next_is_made_while_one_is_used():
    begun = [threading.Event() for _ in range(3)]

    def make():
        for number, event in enumerate(begun):
            event.set()
            yield number

    for number in read_ahead(make()):
        if number < 2:
            assert begun[number + 1].wait(PATIENCE)


def test_what_reading_raises_reaches_who_stores():
    def break_off():
        yield 1
        raise OSError("gone")

    rows = read_ahead(break_off())
    assert next(rows) == 1
    with pytest.raises(OSError, match="gone"):
        next(rows)
    assert count_readers() == 0


def test_no_thread_is_left_when_storing_fails():
    rows = read_ahead(iter(range(1, 50)))
    next(rows)

    rows.close()

    assert count_readers() == 0
