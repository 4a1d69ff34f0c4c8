"""Make the next thing in a thread while the one before is used: a database is kept waiting by no file and no key."""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def work_ahead[T](items: Iterator[T]) -> Generator[T]:
    """Yield the items, of which the next is made while one is used. Close it: no thread is left behind.

    Making one must not ask the database: a thread has a connection of its own.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="working-ahead") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


class Precedence:
    """Says whether something is being done that the database waits for. What is made for later gives way to it: of
    Python's threads only one goes on at a time, and each would get the same share.
    """

    def __init__(self) -> None:
        self.lock, self.urgent, self.is_free = Lock(), 0, Event()
        self.is_free.set()

    def count(self, urgent: int) -> None:
        with self.lock:
            self.urgent += urgent
            if self.urgent > 0:
                self.is_free.clear()
            else:
                self.is_free.set()

    @contextmanager
    def go_first(self) -> Iterator[None]:
        """Do something that the database waits for."""
        self.count(1)
        try:
            yield
        finally:
            self.count(-1)

    @contextmanager
    def wait_for_database(self) -> Iterator[None]:
        """Let others go on meanwhile, amid what goes first."""
        self.count(-1)
        try:
            yield
        finally:
            self.count(1)

    def give_way[T](self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items, none while something urgent is being done."""
        for item in items:
            if not self.is_free.is_set():
                self.is_free.wait()
            yield item


PRECEDENCE = Precedence()


log = logging.getLogger(__name__)
MOST_DUE = 500  # in one run; the next takes the rest
MOST_FAILURES = 20  # each may have waited for a lock; what is left then waits for the next run


def run_for_each[T](
    things: Iterable[T], act: Callable[[T], int | None], retry: Callable[[T], object] | None = None
) -> int:
    """Run the act, a transaction of its own, for each; return the sum of what it returned.

    The first failure is raised when all others are done, so that the job counts as failed; at once where the database
    is lost. With `retry`, which queues a job for one of them, each that failed is given to it and nothing is raised,
    unless too many fail.
    """
    done, failures = 0, list[tuple[T, Exception]]()
    for thing in things:
        try:
            done += act(thing) or 0
        except Exception as failure:
            if not connection.is_usable() or len(failures) == MOST_FAILURES:
                raise
            log.warning("one of many acts failed, the others go on: %s", type(failure).__name__)
            failures.append((thing, failure))
    for failed, reason in failures:
        if retry is None:
            raise reason
        retry(failed)
    return done


def run_for_due[T](due: QuerySet[Any, T], act: Callable[[T], int | None]) -> int:
    """Run the act for the first of what is due, as many as one run takes; return the sum of what it returned."""
    return run_for_each(list(due[:MOST_DUE]), act)
