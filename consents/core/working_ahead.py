"""Make the next thing in a thread while the one before is used: a database is kept waiting by no file and no key."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor


def work_ahead[T](items: Iterator[T]) -> Generator[T]:
    """Yield the items, of which the next is made while one is used. Close it: no thread is left behind.

    Making one must not ask the database: a thread has a connection of its own.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="working-ahead") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item
