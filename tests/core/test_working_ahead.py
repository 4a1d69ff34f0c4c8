"""The next thing is made while the one before is used."""

import threading

import pytest

from consents.core.working_ahead import Precedence, work_ahead
from tests.waiting import PATIENCE


def count_workers() -> int:
    return sum(thread.name.startswith("working-ahead") for thread in threading.enumerate())


def test_nothing_is_left_out_or_comes_out_of_turn():
    assert list(work_ahead(iter(range(1, 50)))) == list(range(1, 50))
    assert list(work_ahead(iter([]))) == []


def test_the_next_is_made_while_one_is_used():
    begun = [threading.Event() for _ in range(3)]

    def make():
        for number, event in enumerate(begun):
            event.set()
            yield number

    for number in work_ahead(make()):
        if number < 2:
            assert begun[number + 1].wait(PATIENCE)


def test_what_making_raises_reaches_who_uses():
    def break_off():
        yield 1
        raise OSError("gone")

    items = work_ahead(break_off())
    assert next(items) == 1
    with pytest.raises(OSError, match="gone"):
        next(items)
    assert count_workers() == 0


def test_no_thread_is_left_when_using_fails():
    items = work_ahead(iter(range(1, 50)))
    next(items)

    items.close()

    assert count_workers() == 0


def test_what_is_made_for_later_gives_way_to_what_the_database_waits_for():
    precedence, made, has_begun = Precedence(), [], threading.Event()

    def make():
        has_begun.set()
        made.extend(precedence.give_way([1, 2]))

    later = threading.Thread(target=make)
    with precedence.go_first():
        later.start()
        assert has_begun.wait(PATIENCE)
        with precedence.go_first():
            pass
        assert made == []
        with precedence.wait_for_database():
            later.join(PATIENCE)
        assert made == [1, 2]


def test_who_gives_way_goes_on_after_a_failure():
    precedence = Precedence()

    with pytest.raises(OSError, match="gone"), precedence.go_first(), precedence.wait_for_database():
        raise OSError("gone")

    assert list(precedence.give_way([1])) == [1]
